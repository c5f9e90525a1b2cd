#include "base/clock.h"
#include "proxy/loop.h"
#include "tests/unit/proxy_peer.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gtest/gtest.h>

#include <sys/eventfd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <thread>
#include <vector>

namespace weir::proxy {
namespace {

using namespace std::chrono_literals;

/// A loop on a thread of its own, and what is asked of it from the test's.
class LoopTest : public ::testing::Test, public EngineObserver {
 protected:
  void SetUp() override {
    thread_ = std::thread([this] {
      loop_.start();
      loop_.run();
    });
  }
  void TearDown() override {
    context_.stop();
    mailbox_.wake();
    thread_.join();
  }
  void session_visited(Session&) noexcept override {}
  void session_answered(const Session&, base::TimePoint) noexcept override {}
  void session_ended(Session&) noexcept override {}

  /// True once `work` has been called on the loop's thread.
  template <typename Work>
  bool runs(Work work) {
    std::promise<void> done;
    auto finished = done.get_future();
    mailbox_.post([&] {
      work();
      done.set_value();
    });
    return finished.wait_for(10s) == std::future_status::ready;
  }
  static void let_it_sleep() {
    const auto until = base::Clock::now() + 20ms;
    while (base::Clock::now() < until) std::this_thread::yield();
  }

  boost::asio::io_context context_{1};
  Mailbox mailbox_{context_};
  ReactorProbe probe_;
  Engine engine_{context_, *this, probe_, {config::RelayMode::automatic, {1, 65536}}};
  Loop loop_{context_, mailbox_, engine_};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      context_.get_executor()};
  std::thread thread_;
};

TEST_F(LoopTest, APostWakesALoopThatWaitsHoweverOftenItHasWaited) {
  for (int i = 0; i < 5; ++i) {
    let_it_sleep();
    ASSERT_TRUE(runs([] {}));
  }
}

TEST_F(LoopTest, WaitingIsIdleAndWhatIsPostedIsBusy) {
  Activity::Reading at_work;
  base::Duration worked{0};
  ASSERT_TRUE(runs([&] {
    at_work = probe_.doing();
    const auto before = probe_.busy.read(base::Clock::now()).busy;
    let_it_sleep();
    worked = probe_.busy.read(base::Clock::now()).busy - before;
  }));
  EXPECT_EQ(at_work.work, Work::command);
  EXPECT_GE(worked, 15ms);
  while (probe_.doing().work != Work::waiting) std::this_thread::yield();
  const auto before = probe_.busy.read(base::Clock::now());
  let_it_sleep();
  const auto after = probe_.busy.read(base::Clock::now());
  EXPECT_EQ(after.busy, before.busy);
  EXPECT_GE(after.idle - before.idle, 15ms);
  EXPECT_GE(before.idle, 0ms) << "not busier than it is old";
}

TEST_F(LoopTest, NoPostIsLostAmongThoseOfManyThreads) {
  constexpr int kPosts = 20'000;
  std::atomic<int> ran{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] {
      for (int post = 0; post < kPosts; ++post) mailbox_.post([&] { ++ran; });
    });
  for (std::thread& thread : threads) thread.join();
  const auto deadline = base::Clock::now() + 20s;
  while (ran < 3 * kPosts && base::Clock::now() < deadline) std::this_thread::yield();
  EXPECT_EQ(ran, 3 * kPosts);
}

TEST_F(LoopTest, ATimerThatAHandlerSetsWakesIt) {
  std::promise<void> fired;
  boost::asio::steady_timer timer(context_);
  ASSERT_TRUE(runs([&] {
    timer.expires_after(30ms);
    timer.async_wait([&](const boost::system::error_code&) { fired.set_value(); });
  }));
  EXPECT_EQ(fired.get_future().wait_for(10s), std::future_status::ready);
}

TEST_F(LoopTest, ADescriptorThatAsioWatchesWakesItEachTime) {
  const base::Descriptor event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  boost::asio::posix::stream_descriptor watched(context_, event.get());
  for (int i = 0; i < 3; ++i) {
    std::promise<void> heard;
    ASSERT_TRUE(runs([&] {
      watched.async_wait(boost::asio::posix::descriptor_base::wait_read,
                         [&](const boost::system::error_code&) { heard.set_value(); });
    }));
    let_it_sleep();
    ASSERT_EQ(::eventfd_write(event.get(), 1), 0);
    EXPECT_EQ(heard.get_future().wait_for(10s), std::future_status::ready);
    eventfd_t count = 0;
    ::eventfd_read(event.get(), &count);
  }
  ASSERT_TRUE(runs([&] { watched.release(); }));
}

TEST_F(LoopTest, HandlersWithoutEndLeaveSessionsTheirTurn) {
  TcpPair down = make_tcp_pair();
  TcpPair up = make_tcp_pair();
  Peer client(std::move(down.peer));
  Peer backend(std::move(up.peer));
  Session* session = nullptr;
  ASSERT_TRUE(runs([&] {
    session = &engine_.adopt(relaying_state(down.ours.release(), up.ours.release()));
    engine_.settle();
  }));
  std::atomic<bool> over{false};
  std::function<void()> again = [&] {
    if (!over) boost::asio::post(context_, again);
  };
  ASSERT_TRUE(runs(again));
  client.to_send = "through";
  client.send_some();
  const auto deadline = base::Clock::now() + 10s;
  while (backend.received != "through" && base::Clock::now() < deadline) backend.receive_some();
  EXPECT_EQ(backend.received, "through");
  over = true;
  ASSERT_TRUE(runs([&] { engine_.end_all(How::drain); }));
}

TEST_F(LoopTest, AHandlerMayStopIt) {
  ASSERT_TRUE(runs([&] { context_.stop(); }));
  auto ended = std::async(std::launch::async, [this] { thread_.join(); });
  const bool in_time = ended.wait_for(10s) == std::future_status::ready;
  EXPECT_TRUE(in_time);
  if (!in_time) mailbox_.wake();
  ended.get();
  thread_ = std::thread([] {});  // for the end of the test to join
}

}  // namespace
}  // namespace weir::proxy
