#include "metrics/busy_time.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace weir::metrics {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr base::TimePoint kStart{seconds(1000)};
base::TimePoint at(int millisecond) { return kStart + milliseconds(millisecond); }

TEST(BusyTime, DividesTimeBetweenHandlersAndWaiting) {
  BusyTime time(kStart);
  time.entered(at(100));
  time.left(at(130));
  time.entered(at(200));
  time.left(at(210));
  const auto reading = time.read(at(300));
  EXPECT_EQ(reading.busy, milliseconds(40));
  EXPECT_EQ(reading.idle, milliseconds(260));
}

TEST(BusyTime, CountsAHandlerThatHasNotReturnedAsBusy) {
  BusyTime time(kStart);
  time.entered(at(100));
  time.entered(at(150));
  EXPECT_EQ(time.read(at(5100)).busy, seconds(5));
  EXPECT_EQ(time.read(at(5100)).idle, milliseconds(100));
  EXPECT_GT(time.read(at(5100)).recent_share, 0.9);
}

TEST(BusyTime, NeverReadsBackwardsForAReaderWhoseClockIsBehind) {
  BusyTime time(kStart);
  time.entered(at(100));
  EXPECT_EQ(time.read(at(50)).busy, seconds(0));
}

TEST(BusyTime, TheRecentShareForgetsWhatIsLongPast) {
  BusyTime time(kStart);
  time.entered(at(0));
  time.left(at(10'000));
  EXPECT_GT(time.read(at(10'000)).recent_share, 0.99);
  EXPECT_LT(time.read(at(600'000)).recent_share, 0.02) << "resting since";
  for (int now = 20'000; now < 30'000; now += 100) {
    time.entered(at(now));
    time.left(at(now + 25));
  }
  EXPECT_NEAR(time.read(at(30'000)).recent_share, 0.25, 0.02);
}

TEST(BusyTime, IsWholeForAReaderOnAnotherThread) {
  BusyTime time(kStart);
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (int now = 0; !stop; now += 2) {
      time.entered(at(now));
      time.left(at(now + 1));
    }
  });
  for (int i = 0; i < 20'000; ++i) {
    const auto reading = time.read(kStart);
    const auto apart = reading.idle - reading.busy;
    ASSERT_TRUE(apart == milliseconds(0) || apart == milliseconds(1) || apart == milliseconds(-1));
  }
  stop = true;
  writer.join();
}

}  // namespace
}  // namespace weir::metrics
