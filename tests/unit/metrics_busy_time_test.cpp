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

TEST(BusyTime, IsNeverNegativeForAReaderWhoseClockIsBehind) {
  BusyTime time(kStart);
  time.entered(at(100));
  EXPECT_EQ(time.read(at(50)).busy, seconds(0));
}

TEST(BusyTime, TellsOnePhaseFromTheNext) {
  BusyTime time(kStart);
  EXPECT_GE(time.phase(), 0);
  time.entered(at(0));
  const auto first = time.phase();
  EXPECT_LT(first, 0);
  time.left(at(50));
  EXPECT_GE(time.phase(), 0);
  time.entered(at(51));
  EXPECT_LT(time.phase(), 0);
  EXPECT_NE(time.phase(), first);
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

/// Marks are told whole: of a thread that is busy half of the time, the share is half whenever it
/// is asked, as long as the reader has not been kept from its processor in between.
TEST(BusyTime, IsWholeForAReaderOnAnotherThread) {
  BusyTime time(kStart);
  std::atomic<int> passed{0};
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (int now = 0; !stop; now += 2) {
      time.entered(at(now));
      time.left(at(now + 1));
      time.mark(at(now + 1));
      passed = now + 2;
    }
  });
  for (int judged = 0; judged < 2'000;) {
    const int before = passed;
    const auto reading = time.read(at(before));
    if (before < 2'000 || passed > before + 200) continue;
    ++judged;
    ASSERT_NEAR(reading.recent_share, 0.5, 0.2);
    ASSERT_NEAR(static_cast<double>(reading.busy.count()) / 1e6, before / 2.0, 200);
  }
  stop = true;
  writer.join();
}

}  // namespace
}  // namespace weir::metrics
