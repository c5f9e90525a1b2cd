#include "proxy/probes.h"
#include "proxy/recorder.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace weir::proxy {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

base::TimePoint at(long long time) { return base::TimePoint(microseconds(time)); }

TEST(Recorder, TellsWhatItWasTold) {
  Recorder recorder;
  EXPECT_TRUE(recorder.last().empty());
  recorder.record(at(5), EventKind::served, {0xffff'fffe, 0x7fff'ffff}, 255, 0xffff'ffff);
  const auto events = recorder.last();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].time, at(5));
  EXPECT_EQ(events[0].session, (SessionId{0xffff'fffe, 0x7fff'ffff}));
  EXPECT_EQ(events[0].kind, EventKind::served);
  EXPECT_EQ(events[0].result, 255);
  EXPECT_EQ(events[0].value, 0xffff'ffffu);
}

TEST(Recorder, KeepsTheLastInOrder) {
  Recorder recorder;
  const auto count = static_cast<std::uint32_t>(2 * Recorder::kEvents + 7);
  for (std::uint32_t i = 0; i < count; ++i) recorder.record(at(i), EventKind::served, {}, 0, i);
  const auto events = recorder.last();
  ASSERT_GE(events.size(), Recorder::kEvents - 1);  // the oldest may be under way
  EXPECT_EQ(events.back().value, count - 1);
  for (std::size_t i = 1; i < events.size(); ++i)
    ASSERT_EQ(events[i].value, events[i - 1].value + 1);
  const auto few = recorder.last(3);
  ASSERT_EQ(few.size(), 3u);
  EXPECT_EQ(few.front().value, count - 3);
}

TEST(Recorder, NeverTellsAnEventThatWasOverwrittenMeanwhile) {
  Recorder recorder;
  std::atomic<bool> done{false};
  std::thread reactor([&] {
    for (std::uint32_t i = 0; !done; ++i) recorder.record(at(i), EventKind::ended, {i, i}, 0, i);
  });
  for (int reads = 0; reads < 200; ++reads) {
    std::uint32_t expected = 0;
    for (const Event& event : recorder.last()) {
      if (expected != 0) {
        ASSERT_EQ(event.value, expected);
      }
      ASSERT_EQ(event.time, at(event.value));
      ASSERT_EQ(event.session, (SessionId{event.value, event.value}));
      expected = event.value + 1;
    }
  }
  done = true;
  reactor.join();
}

TEST(Recorder, TellsACrashWithoutMemory) {
  Recorder recorder;
  for (std::uint32_t i = 0; i < 10; ++i) recorder.record(at(i), EventKind::arrived, {}, 0, i);
  std::uint32_t sum = 0;
  recorder.tell_last(
      4, [](const Event& event, void* to) { *static_cast<std::uint32_t*>(to) += event.value; },
      &sum);
  EXPECT_EQ(sum, 6u + 7u + 8u + 9u);
}

TEST(Activity, TellsOneHandlerFromTheNext) {
  ReactorProbe probe;
  const auto wait = [&](int millisecond) {
    probe.busy.left(base::TimePoint(std::chrono::hours(1) + milliseconds(millisecond)));
    EXPECT_EQ(probe.doing().work, Work::waiting);
    probe.busy.entered(base::TimePoint(std::chrono::hours(1) + milliseconds(millisecond + 1)));
  };
  EXPECT_EQ(probe.doing().work, Work::waiting);
  probe.busy.entered(base::TimePoint(std::chrono::hours(1)));
  probe.activity.begin(Work::relay, {7, 3});
  const auto first = probe.doing();
  EXPECT_EQ(first.work, Work::relay);
  EXPECT_EQ(first.session, (SessionId{7, 3}));
  EXPECT_EQ(probe.doing(), first);

  probe.activity.begin(Work::relay, {8, 1});
  EXPECT_NE(probe.doing(), first) << "another session";
  wait(10);
  probe.activity.begin(Work::relay, {7, 3});
  EXPECT_NE(probe.doing(), first) << "the same, in another turn";

  probe.activity.begin(Work::command);
  const auto command = probe.doing();
  EXPECT_EQ(command.work, Work::command);
  EXPECT_EQ(command.session, SessionId{});
  probe.activity.begin(Work::command);
  EXPECT_NE(probe.doing(), command) << "the next one, in the same turn";
}

}  // namespace
}  // namespace weir::proxy
