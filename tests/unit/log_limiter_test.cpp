#include "base/log_limiter.h"

#include <gtest/gtest.h>

#include <chrono>

namespace weir::base::log {
namespace {

using std::chrono::milliseconds;

TEST(LogLimiter, LetsTheFirstLineThrough) {
  Limiter limiter(milliseconds(100));
  EXPECT_TRUE(limiter.allow(TimePoint{}));
  EXPECT_EQ(limiter.take_suppressed(), 0u);
}

TEST(LogLimiter, LetsOneLineThroughPerIntervalAndCountsTheOthers) {
  Limiter limiter(milliseconds(100));
  const TimePoint start{std::chrono::hours(1)};
  EXPECT_TRUE(limiter.allow(start));
  EXPECT_FALSE(limiter.allow(start + milliseconds(1)));
  EXPECT_FALSE(limiter.allow(start + milliseconds(99)));
  EXPECT_TRUE(limiter.allow(start + milliseconds(100)));
  EXPECT_EQ(limiter.take_suppressed(), 2u);
  EXPECT_EQ(limiter.take_suppressed(), 0u);
}

}  // namespace
}  // namespace weir::base::log
