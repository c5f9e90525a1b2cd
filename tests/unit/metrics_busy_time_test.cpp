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
  EXPECT_EQ(time.read(at(5100)).busy, seconds(5));
  EXPECT_EQ(time.read(at(5100)).idle, milliseconds(100));
  EXPECT_GT(time.read(at(5100)).recent_share, 0.9);
}

TEST(BusyTime, IsWithinBoundsForAReaderWhoseClockIsBehind) {
  BusyTime time(kStart);
  time.entered(at(0));
  time.left(at(100));
  const auto behind = time.read(at(50));
  EXPECT_EQ(behind.busy, milliseconds(50));
  EXPECT_EQ(behind.idle, milliseconds(0));
  EXPECT_EQ(behind.recent_share, 1.0);
  time.entered(at(300));
  EXPECT_EQ(time.read(at(50)).busy, seconds(0));
}

TEST(BusyTime, TellsOneSpellFromTheNext) {
  BusyTime time(kStart);
  EXPECT_GE(time.spell(), 0);
  time.entered(at(0));
  const auto first = time.spell();
  EXPECT_LT(first, 0);
  time.left(at(50));
  EXPECT_GE(time.spell(), 0);
  time.entered(at(51));
  EXPECT_LT(time.spell(), 0);
  EXPECT_NE(time.spell(), first);
}

TEST(BusyTime, TheRecentShareForgetsWhatIsLongPast) {
  BusyTime time(kStart);
  time.entered(at(0));
  time.left(at(10'000));
  time.mark(at(10'000));
  EXPECT_GT(time.read(at(10'000)).recent_share, 0.99);
  EXPECT_LT(time.read(at(600'000)).recent_share, 0.02) << "resting since";
  for (int now = 20'000; now < 30'000; now += 100) {
    time.entered(at(now));
    time.left(at(now + 25));
    time.mark(at(now + 25));
  }
  EXPECT_NEAR(time.read(at(30'000)).recent_share, 0.25, 0.02);
}

/// Of one that is in a handler all the while, the share is 1 to the nanosecond, unless a mark is
/// read in two halves.
TEST(BusyTime, AMarkIsWholeForAReaderOnAnotherThread) {
  BusyTime time(kStart);
  time.entered(kStart);
  std::atomic<bool> is_over{false};
  std::thread writer([&] {
    for (int i = 0; i < 1'000'000; ++i) time.mark(kStart + i * BusyTime::kWindow);
    is_over = true;
  });
  bool is_whole = true;
  while (!is_over) {
    const auto reading = time.read(kStart + std::chrono::hours(24 * 365 * 100));
    is_whole = is_whole && reading.recent_share == 1.0;
  }
  writer.join();
  EXPECT_TRUE(is_whole);
}

}  // namespace
}  // namespace weir::metrics
