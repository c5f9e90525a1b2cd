#include "base/endpoint.h"
#include "base/listening_socket.h"
#include "proxy/listen_watch.h"

#include <gtest/gtest.h>

#include <sys/eventfd.h>
#include <sys/socket.h>

#include <memory>
#include <new>

namespace weir::proxy {
namespace {

/// Both kinds of watch on one listening socket, with whatever drives them.
class ListenWatchTest : public ::testing::TestWithParam<bool>, public EngineObserver {
 protected:
  void SetUp() override {
    socket_ = base::open_listening_socket(base::Endpoint::parse("127.0.0.1:0").value(), {});
    ASSERT_TRUE(socket_);
    if (GetParam())
      watch_ = std::make_unique<EngineListenWatch>(engine_, socket_.get());
    else
      watch_ = std::make_unique<ContextListenWatch>(context_, socket_.get());
    watch_->on_readable = [this] {
      ++told_;
      watch_->wait();
    };
    engine_.start();
  }
  void session_visited(Session&) noexcept override {}
  void session_answered(const Session&, base::TimePoint) noexcept override {}
  void session_ended(Session&) noexcept override {}

  void connect() {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    client_ = base::Descriptor(::socket(AF_INET, SOCK_STREAM, 0));
    ASSERT_EQ(::connect(client_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  }
  /// How often it tells in one turn of each.
  int turn() {
    const int before = told_;
    engine_.turn(Engine::Waiting::no);
    context_.restart();
    context_.poll_one();
    return told_ - before;
  }

  boost::asio::io_context context_{1};
  ReactorProbe probe_;
  Engine engine_{context_, *this, probe_, {config::RelayMode::automatic, {1, 65536}}};
  base::Descriptor socket_;
  base::Descriptor client_;
  std::unique_ptr<ListenWatch> watch_;
  int told_ = 0;
};

TEST_P(ListenWatchTest, TellsWhileAConnectionIsQueued) {
  watch_->wait();
  EXPECT_EQ(turn(), 0);
  connect();
  EXPECT_EQ(turn(), 1);
  EXPECT_EQ(turn(), 1) << "it is queued still";
  const base::Descriptor accepted(::accept(socket_.get(), nullptr, nullptr));
  turn();  // may have been on its way
  EXPECT_EQ(turn(), 0);
}

TEST_P(ListenWatchTest, IsSilentUntilItWaitsAndAfterItWasStopped) {
  connect();
  EXPECT_EQ(turn(), 0);
  watch_->wait();
  watch_->stop();
  EXPECT_EQ(turn(), 0);
  watch_->wait();
  EXPECT_GE(turn() + turn(), 1) << "what was queued meanwhile is told";
}

TEST_P(ListenWatchTest, ToStopAndWaitAtOnceIsToWait) {
  watch_->wait();
  watch_->stop();
  watch_->wait();
  turn();
  connect();
  EXPECT_GE(turn() + turn(), 1);
}

TEST_P(ListenWatchTest, OnceLeftNothingIsTold) {
  watch_->wait();
  connect();
  watch_->leave();
  watch_->leave();
  socket_.reset();
  EXPECT_EQ(turn() + turn(), 0);
}

INSTANTIATE_TEST_SUITE_P(By, ListenWatchTest, ::testing::Bool(),
                         [](const auto& kind) { return kind.param ? "Engine" : "Context"; });

/// What an engine's turn does with descriptors that are not of sessions.
struct Other final : Watched {
  explicit Other(Engine& engine) : event(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK)) {
    engine.watch(event.get(), Engine::Trigger::edge, *this, Work::command);
  }
  void readable() override {
    ++told;
    if (wants_memory) throw std::bad_alloc();
  }
  base::Descriptor event;
  int told = 0;
  bool wants_memory = false;
};

class WatchedTest : public ::testing::Test, public EngineObserver {
 protected:
  void SetUp() override { engine.start(); }
  void session_visited(Session&) noexcept override {}
  void session_answered(const Session&, base::TimePoint) noexcept override {}
  void session_ended(Session&) noexcept override {}

  boost::asio::io_context context{1};
  ReactorProbe probe;
  Engine engine{context, *this, probe, {config::RelayMode::automatic, {1, 65536}}};
  Other first{engine};
  Other second{engine};
};

TEST_F(WatchedTest, WhoThrowsLeavesTheOthersToTheNextTurn) {
  first.wants_memory = second.wants_memory = true;
  EXPECT_THROW(engine.turn(Engine::Waiting::no), std::bad_alloc);
  EXPECT_EQ(first.told + second.told, 1);
  EXPECT_THROW(engine.turn(Engine::Waiting::yes), std::bad_alloc);  // does not wait: one is left
  EXPECT_EQ(first.told, 1);
  EXPECT_EQ(second.told, 1);
  engine.turn(Engine::Waiting::no);
  EXPECT_EQ(first.told + second.told, 2) << "edge-triggered: told once";
}

TEST_F(WatchedTest, WhoWasWatchedFirstIsToldFirst) {
  engine.turn(Engine::Waiting::no);
  first.told = second.told = 0;
  ::eventfd_write(second.event.get(), 1);
  ::eventfd_write(first.event.get(), 1);
  first.wants_memory = true;
  EXPECT_THROW(engine.turn(Engine::Waiting::no), std::bad_alloc);
  EXPECT_EQ(first.told, 1);
  EXPECT_EQ(second.told, 0);
  engine.turn(Engine::Waiting::no);
  EXPECT_EQ(second.told, 1);
}

}  // namespace
}  // namespace weir::proxy
