#include "proxy/loop.h"
#include "tests/unit/proxy_peer.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

namespace weir::proxy {
namespace {

/// An engine on a thread of its own, as a reactor has it.
class EngineThread final : public EngineObserver {
 public:
  EngineThread()
      : engine_(context_, *this, probe_, {config::RelayMode::automatic, {4, 1024 * 1024}}),
        work_(context_.get_executor()) {
    thread_ = std::thread([this] {
      loop_.start();
      loop_.run();
    });
  }
  ~EngineThread() {
    mailbox_.post([this] {
      engine_.end_all(How::drain);
      work_.reset();
      context_.stop();
    });
    thread_.join();
  }
  void session_visited(Session&) noexcept override {}
  void session_answered(const Session&, base::TimePoint) noexcept override {}
  void session_ended(Session&) noexcept override { ++ended_; }

  Session* adopt(SessionState state) {
    return on_thread<Session*>([&] {
      Session* const session = &engine_.adopt(std::move(state));
      engine_.settle();
      return session;
    });
  }
  SessionState release(Session& session) {
    return on_thread<SessionState>([&] { return engine_.release(session); });
  }
  [[nodiscard]] int ended() const { return ended_; }
  [[nodiscard]] std::int64_t buffer_bytes() const { return probe_.buffer_bytes.value(); }

 private:
  template <typename Result, typename Work>
  Result on_thread(Work work) {
    std::packaged_task<Result()> task(std::move(work));
    auto result = task.get_future();
    mailbox_.post([&task] { task(); });
    return result.get();
  }

  boost::asio::io_context context_{1};
  Mailbox mailbox_{context_};
  ReactorProbe probe_;
  Engine engine_;
  Loop loop_{context_, mailbox_, engine_};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::thread thread_;
  std::atomic<int> ended_{0};
};

TEST(Migration, ASessionThatMovesBetweenRunningReactorsInMidTransferLosesNothing) {
  TcpPair down = make_tcp_pair();
  TcpPair up = make_tcp_pair();
  Peer client(std::move(down.peer));
  Peer backend(std::move(up.peer));
  client.to_send = random_bytes(40'000'000, 11);
  backend.to_send = random_bytes(40'000'000, 12);

  EngineThread engines[2];
  Session* session = engines[0].adopt(relaying_state(down.ours.release(), up.ours.release()));
  int moves = 0;
  bool half_closed = false;
  const auto deadline = base::Clock::now() + std::chrono::seconds(60);
  while (backend.received.size() < client.to_send.size() || !backend.saw_fin ||
         client.received.size() < backend.to_send.size()) {
    ASSERT_LT(base::Clock::now(), deadline);
    for (Peer* peer : {&client, &backend}) {
      peer->send_some();
      peer->receive_some(100'000);
    }
    if (!half_closed && client.sent == client.to_send.size()) {
      client.half_close();
      half_closed = true;
    }
    const std::size_t progress = backend.received.size() + client.received.size();
    if (progress > static_cast<std::size_t>(moves + 1) * 2'000'000 && !client.saw_fin) {
      SessionState state = engines[moves % 2].release(*session);
      session = engines[++moves % 2].adopt(std::move(state));
    }
  }
  EXPECT_GE(moves, 30);
  EXPECT_EQ(backend.received, client.to_send);
  EXPECT_EQ(client.received, backend.to_send);
  backend.half_close();
  while (engines[0].ended() + engines[1].ended() == 0) {
    ASSERT_LT(base::Clock::now(), deadline);
    std::this_thread::yield();
  }
  EXPECT_EQ(engines[0].buffer_bytes(), 0);
  EXPECT_EQ(engines[1].buffer_bytes(), 0);
}

}  // namespace
}  // namespace weir::proxy
