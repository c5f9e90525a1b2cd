#include "metrics/counter.h"
#include "metrics/histogram.h"

#include <gtest/gtest.h>

#include <chrono>

namespace weir::metrics {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::nanoseconds;

TEST(Counter, AddsUp) {
  Counter counter;
  counter.add();
  counter.add(41);
  EXPECT_EQ(counter.value(), 42u);
}

TEST(Gauge, GoesUpAndDownAndBelowZero) {
  Gauge gauge;
  gauge.add(2);
  gauge.sub(3);
  EXPECT_EQ(gauge.value(), -1);
}

TEST(Histogram, BoundsAreInclusive) {
  Histogram histogram;
  histogram.observe(microseconds(100));
  histogram.observe(microseconds(101));
  EXPECT_EQ(histogram.bucket(0), 1u);
  EXPECT_EQ(histogram.bucket(1), 1u);
  EXPECT_EQ(histogram.sum(), 201u);
}

TEST(Histogram, CountsWhatIsLongerThanEveryBoundInTheLastBucket) {
  Histogram histogram;
  histogram.observe(hours(3));
  EXPECT_EQ(histogram.bucket(Histogram::kCount - 1), 1u);
}

TEST(Histogram, TakesANegativeDurationForZero) {
  Histogram histogram;
  histogram.observe(nanoseconds(-5));
  EXPECT_EQ(histogram.bucket(0), 1u);
  EXPECT_EQ(histogram.sum(), 0u);
}

}  // namespace
}  // namespace weir::metrics
