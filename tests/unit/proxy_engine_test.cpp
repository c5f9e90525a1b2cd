#include "base/descriptor.h"
#include "proxy/engine.h"
#include "tests/unit/proxy_peer.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <random>
#include <string>
#include <vector>

namespace weir::proxy {
namespace {

constexpr std::size_t kPipeBytes = 256 * 1024;

/// One engine on the test's thread, and what it told.
struct Rig final : EngineObserver {
  explicit Rig(config::RelayMode mode, std::size_t pipes = 2)
      : engine(context, *this, probe, {mode, {pipes, kPipeBytes}}) {
    engine.start();
  }
  void turn() { engine.turn(Engine::Waiting::no); }
  void session_visited(Session&) noexcept override {}
  void session_answered(const Session&, base::TimePoint) noexcept override {}
  void session_held(Session& session, Held now) noexcept override {
    held_changes.push_back(now);
    session.held = now;
  }
  void session_ending(Session& session) noexcept override { tcp = session.upstream.tcp_summary(); }
  void session_ended(Session& session) noexcept override {
    ++ended;
    reason = session.reason;
  }
  void poll() {
    engine.settle();
    turn();
    context.restart();
    context.poll();
  }

  boost::asio::io_context context{1};
  ReactorProbe probe;
  Engine engine;
  int ended = 0;
  CloseReason reason;
  std::vector<Held> held_changes;
  TcpSummary tcp;  ///< of the backend's side, before the sockets were closed
};

class EngineTest : public ::testing::TestWithParam<config::RelayMode> {
 protected:
  void SetUp() override { connect(); }
  void TearDown() override {
    for (Rig* rig : {&rig_, &other_}) {
      rig->engine.end_all(How::drain);
      rig->poll();
      EXPECT_TRUE(rig->engine.resources().pipes.all_are_back());
      EXPECT_EQ(rig->probe.buffer_bytes.value(), 0);
    }
  }
  void connect() {
    TcpPair down = make_tcp_pair();
    TcpPair up = make_tcp_pair();
    client_ = std::make_unique<Peer>(std::move(down.peer));
    backend_ = std::make_unique<Peer>(std::move(up.peer));
    SessionState state = relaying_state(down.ours.release(), up.ours.release());
    session_ = &rig_.engine.adopt(std::move(state));
  }
  /// Runs both engines and both peers until the condition holds; false after ten seconds.
  bool run_until(const std::function<bool()>& condition, bool client_reads = true,
                 bool backend_reads = true) {
    const auto deadline = base::Clock::now() + std::chrono::seconds(10);
    while (!condition()) {
      if (base::Clock::now() > deadline) return false;
      for (Peer* peer : {client_.get(), backend_.get()}) peer->send_some();
      rig_.poll();
      other_.poll();
      if (client_reads && client_->fd) client_->receive_some();
      if (backend_reads && backend_->fd) backend_->receive_some();
    }
    return true;
  }
  void move_to_other() {
    SessionState state = rig_.engine.release(*session_);
    session_ = &other_.engine.adopt(std::move(state));
  }

  std::size_t budget() const {
    const bool copies = GetParam() == config::RelayMode::copy;
    return copies ? Flow::kCopyBudgetBytes : Flow::kSpliceBudgetBytes;
  }
  /// What the session has received and could not send yet, in user memory or in a pipe.
  std::size_t held() const {
    return session_->upload.unsent_bytes() + session_->download.unsent_bytes();
  }

  Rig rig_{GetParam()};
  Rig other_{GetParam()};
  std::unique_ptr<Peer> client_;
  std::unique_ptr<Peer> backend_;
  Session* session_ = nullptr;
};

TEST_P(EngineTest, RelaysBothWaysAndEndsAfterBothFins) {
  client_->to_send = random_bytes(300'000, 1);
  backend_->to_send = random_bytes(200'000, 2);
  ASSERT_TRUE(run_until([&] {
    return backend_->received == client_->to_send && client_->received == backend_->to_send;
  }));
  client_->half_close();
  ASSERT_TRUE(run_until([&] { return backend_->saw_fin; }));
  EXPECT_EQ(rig_.ended, 0);
  backend_->half_close();
  ASSERT_TRUE(run_until([&] { return rig_.ended == 1; }));
  EXPECT_EQ(rig_.reason, (CloseReason{Who::client, How::fin, Phase::half_closed}));
}

TEST_P(EngineTest, ForwardsHalfCloseAndKeepsTheOtherDirection) {
  client_->half_close();
  ASSERT_TRUE(run_until([&] { return backend_->saw_fin; }));
  backend_->to_send = random_bytes(5'000'000, 3);
  ASSERT_TRUE(run_until([&] { return client_->received.size() == backend_->to_send.size(); }));
  EXPECT_EQ(client_->received, backend_->to_send);
}

TEST_P(EngineTest, ForwardsFinOnlyAfterTheLastByteBehindASlowReader) {
  client_->to_send = random_bytes(20'000'000, 4);
  ASSERT_TRUE(run_until([&] { return held() > 0; }, true, false));
  ASSERT_TRUE(run_until([&] { return client_->sent == client_->to_send.size(); }));
  client_->half_close();
  ASSERT_TRUE(run_until([&] { return backend_->saw_fin; }));
  EXPECT_EQ(backend_->received, client_->to_send);
  EXPECT_EQ(rig_.probe.buffer_bytes.value(), 0);
}

TEST_P(EngineTest, AStoppedReaderStopsItsWriterWithinTheDocumentedBound) {
  client_->to_send.assign(64'000'000, 'x');
  std::size_t sent_before = 1;
  ASSERT_TRUE(run_until(
      [&] {
        const bool stalled = client_->sent == sent_before && held() > 0;
        sent_before = client_->sent;
        return stalled;
      },
      true, false));
  EXPECT_LT(client_->sent, client_->to_send.size());
  const bool copies = GetParam() == config::RelayMode::copy;
  EXPECT_LE(held(), copies ? Flow::kScratchBytes : kPipeBytes);
}

TEST_P(EngineTest, TellsWhenAReaderHoldsBytesUpAndWhenItHasTakenThem) {
  backend_->to_send = random_bytes(20'000'000, 15);
  ASSERT_TRUE(run_until([&] { return session_->held.by_client; }, false, true));
  EXPECT_FALSE(session_->held.by_backend);
  EXPECT_GT(held(), 0U);
  ASSERT_TRUE(run_until([&] { return client_->received.size() == backend_->to_send.size(); }));
  ASSERT_TRUE(run_until([&] { return session_->held == Held{}; }));
  EXPECT_EQ(rig_.held_changes.size() % 2, 0U) << "each pause that began has ended";
}

TEST_P(EngineTest, TellsOfAnEndingWhileTheSocketsCanStillBeAsked) {
  client_->to_send = random_bytes(100'000, 16);
  ASSERT_TRUE(run_until([&] { return backend_->received.size() == client_->to_send.size(); }));
  EXPECT_EQ(rig_.tcp.rtt_us, 0U);
  client_->half_close();
  backend_->half_close();
  ASSERT_TRUE(run_until([&] { return rig_.ended == 1; }));
  EXPECT_GT(rig_.tcp.rtt_us, 0U);
}

TEST_P(EngineTest, DeliversWhatAResetSideSentAndThenResetsTheOther) {
  backend_->to_send = random_bytes(100'000, 5);
  backend_->send_some();
  backend_->reset();
  ASSERT_TRUE(run_until([&] { return rig_.ended == 1; }, true, false));
  EXPECT_EQ(rig_.reason, (CloseReason{Who::backend, How::reset, Phase::relay}));
  ASSERT_TRUE(run_until([&] { return client_->error != 0; }, true, false));
  EXPECT_EQ(client_->error, ECONNRESET);
  EXPECT_EQ(client_->received, backend_->to_send);
}

TEST_P(EngineTest, ResetsOnlyWhenASlowReaderHasAcknowledgedWhatTheResetSideSent) {
  backend_->to_send = random_bytes(20'000'000, 13);
  ASSERT_TRUE(run_until([&] { return held() > 0; }, false, true));
  backend_->reset();
  backend_->sent = backend_->to_send.size();  // nothing more to send
  ASSERT_TRUE(run_until([&] { return session_->stage == Stage::resetting; }, false, false));
  const auto taken = held() + session_->download.moved_bytes();
  ASSERT_TRUE(run_until([&] { return client_->error != 0; }, true, false));
  EXPECT_EQ(client_->error, ECONNRESET);
  EXPECT_GE(client_->received.size(), taken);
  EXPECT_EQ(client_->received, backend_->to_send.substr(0, client_->received.size()));
}

TEST_P(EngineTest, NoticesAResetWhileItsReadsArePausedByBackpressure) {
  client_->to_send.assign(64'000'000, 'x');
  ASSERT_TRUE(run_until([&] { return held() > 0; }, true, false));
  const auto before = base::Clock::now();
  client_->reset();
  client_->to_send.clear();
  client_->sent = 0;
  ASSERT_TRUE(run_until([&] { return session_->stage == Stage::resetting; }, false, false));
  EXPECT_LT(base::Clock::now() - before, std::chrono::milliseconds(100));
  ASSERT_TRUE(run_until([&] { return rig_.ended == 1; }, false, false));
  EXPECT_EQ(rig_.reason.who, Who::client);
}

TEST_P(EngineTest, ASideThatGotItsFinBeforeTheResetIsClosedInOrder) {
  client_->to_send = "the last words";
  client_->send_some();
  client_->half_close();
  ASSERT_TRUE(run_until([&] { return backend_->saw_fin; }));
  client_->reset();
  ASSERT_TRUE(run_until([&] { return rig_.ended == 1; }, false, true));
  EXPECT_EQ(rig_.reason, (CloseReason{Who::client, How::reset, Phase::half_closed}));
  backend_->receive_some();
  EXPECT_EQ(backend_->error, 0);
}

TEST_P(EngineTest, IdleSessionsEndByTheirDeadlineWithAReset) {
  SessionState state = rig_.engine.release(*session_);
  state.idle_timeout = std::chrono::milliseconds(50);
  rig_.engine.adopt(std::move(state));
  ASSERT_TRUE(run_until([&] { return rig_.ended == 1; }));
  EXPECT_EQ(rig_.reason, (CloseReason{Who::weir, How::timeout, Phase::relay}));
  ASSERT_TRUE(run_until([&] { return backend_->error == ECONNRESET; }));
}

TEST_P(EngineTest, AnAdoptedSessionGoesOnInMidTransferWithEveryByteRight) {
  client_->to_send = random_bytes(30'000'000, 6);
  backend_->to_send = random_bytes(30'000'000, 7);
  ASSERT_TRUE(run_until([&] { return held() > 0; }, false, false));
  move_to_other();
  EXPECT_EQ(rig_.engine.size(), 0u);
  EXPECT_EQ(rig_.probe.buffer_bytes.value(), 0);
  EXPECT_GT(held(), 0u);
  ASSERT_TRUE(run_until([&] {
    return backend_->received.size() == client_->to_send.size() &&
           client_->received.size() == backend_->to_send.size();
  }));
  EXPECT_EQ(backend_->received, client_->to_send);
  EXPECT_EQ(client_->received, backend_->to_send);
  client_->half_close();
  backend_->half_close();
  ASSERT_TRUE(run_until([&] { return other_.ended == 1; }));
  EXPECT_EQ(rig_.ended, 0);
  EXPECT_EQ(other_.probe.buffer_bytes.value(), 0);
}

TEST_P(EngineTest, AnAdoptedSessionRemembersAHalfCloseAndKeepsTheOtherDirection) {
  client_->to_send = random_bytes(1'000, 8);
  client_->send_some();
  client_->half_close();
  ASSERT_TRUE(run_until([&] { return backend_->saw_fin; }));
  move_to_other();
  backend_->to_send = random_bytes(3'000'000, 9);
  ASSERT_TRUE(run_until([&] { return client_->received.size() == backend_->to_send.size(); }));
  EXPECT_EQ(client_->received, backend_->to_send);
  backend_->half_close();
  ASSERT_TRUE(run_until([&] { return other_.ended == 1; }));
  EXPECT_EQ(other_.reason, (CloseReason{Who::client, How::fin, Phase::half_closed}));
}

TEST_P(EngineTest, AFinThatWaitsBehindUnsentBytesSurvivesAdoption) {
  client_->to_send = random_bytes(20'000'000, 10);
  ASSERT_TRUE(run_until([&] { return held() > 0; }, true, false));
  move_to_other();
  ASSERT_TRUE(run_until([&] { return client_->sent == client_->to_send.size(); }));
  client_->half_close();
  ASSERT_TRUE(run_until([&] { return backend_->saw_fin; }));
  EXPECT_EQ(backend_->received, client_->to_send);
}

TEST_P(EngineTest, AFlowMovesAtMostItsBudgetInOneTurn) {
  client_->to_send = std::string(2'000'000, 'x');
  client_->send_some();
  std::uint64_t moved = 0;
  for (int turns = 0; turns < 4; ++turns) {
    rig_.turn();
    const std::uint64_t now = session_->upload.moved_bytes();
    const bool copies = GetParam() == config::RelayMode::copy;
    EXPECT_LE(now - moved,
              copies ? budget() : budget() + kPipeBytes);  // the last splice may go beyond
    moved = now;
  }
  EXPECT_GT(moved, Flow::kCopyBudgetBytes);
}

TEST_P(EngineTest, AVisitOfTheDeadlinesServesASessionThatWaitsForTheNextTurn) {
  if (GetParam() != config::RelayMode::copy) return;  // a splice's turn moves all of it
  client_->to_send = random_bytes(2'000'000, 14);
  client_->send_some();
  const base::TimePoint due = base::Clock::now() + Deadlines::kTick;
  session_->serve_at_tick = true;
  static_cast<void>(rig_.engine.wait(*session_, due));  // puts it on the wheel
  rig_.engine.settle();
  rig_.turn();  // after which the session waits for the next
  ASSERT_EQ(rig_.probe.relayed_bytes_copy.value(), Flow::kCopyBudgetBytes);
  while (base::Clock::now() < due + 2 * Deadlines::kTick) {
  }
  ASSERT_TRUE(run_until([&] { return backend_->received.size() == client_->to_send.size(); }));
  EXPECT_EQ(backend_->received, client_->to_send);
  EXPECT_FALSE(session_->serve_at_tick);
}

TEST_P(EngineTest, SessionsThatLastProbeTheirPeers) {
  const auto probes = [](const Side& side) {
    int on = 0;
    socklen_t size = sizeof on;
    ::getsockopt(side.fd, SOL_SOCKET, SO_KEEPALIVE, &on, &size);
    return on != 0;
  };
  rig_.poll();
  EXPECT_FALSE(probes(session_->downstream) || probes(session_->upstream)) << "it is young";
  static_cast<void>(rig_.engine.wait(*session_, base::Clock::now()));  // puts it on the wheel
  EXPECT_TRUE(
      run_until([&] { return probes(session_->downstream) && probes(session_->upstream); }));
}

TEST_P(EngineTest, RelaysAnUrgentByteInItsPlace) {
  const int on = 1;
  ::setsockopt(session_->downstream.fd, SOL_SOCKET, SO_OOBINLINE, &on, sizeof on);
  ASSERT_EQ(::send(client_->fd.get(), "abc", 3, 0), 3);
  ASSERT_EQ(::send(client_->fd.get(), "d", 1, MSG_OOB), 1);
  ASSERT_EQ(::send(client_->fd.get(), "efg", 3, 0), 3);
  EXPECT_TRUE(run_until([&] { return backend_->received == "abcdefg"; }));
}

TEST_P(EngineTest, ASessionThatConnectsAfterEndAllIsEndedAndNotRelayed) {
  rig_.engine.end_all(How::drain);
  ASSERT_EQ(rig_.ended, 1);
  TcpPair down = make_tcp_pair();
  TcpPair up = make_tcp_pair();
  Session& late = rig_.engine.create();
  late.downstream.fd = down.ours.release();
  late.upstream.fd = up.ours.release();
  rig_.engine.start_relay(late);
  rig_.engine.settle();
  EXPECT_EQ(rig_.ended, 2);
  EXPECT_EQ(rig_.reason, (CloseReason{Who::weir, How::drain, Phase::connect}));
}

TEST_P(EngineTest, ASessionAdoptedAfterEndAllIsEnded) {
  other_.engine.end_all(How::drain);
  static_cast<void>(other_.engine.adopt(rig_.engine.release(*session_)));
  other_.engine.settle();
  EXPECT_EQ(other_.ended, 1);
  EXPECT_EQ(other_.reason, (CloseReason{Who::weir, How::drain, Phase::relay}));
}

TEST_P(EngineTest, AResetThatIsBeingDeliveredKeepsItsReasonWhenAllAreEnded) {
  const int small = 4096;
  ::setsockopt(client_->fd.get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  backend_->to_send = random_bytes(4'000'000, 15);
  for (int i = 0; i < 100; ++i) {
    backend_->send_some();
    rig_.poll();
  }
  backend_->reset();
  ASSERT_TRUE(run_until([&] { return session_->stage == Stage::resetting; }, false, false));
  rig_.engine.end_all(How::drain);
  EXPECT_EQ(rig_.ended, 1);
  EXPECT_EQ(rig_.reason, (CloseReason{Who::backend, How::reset, Phase::relay}));
}

TEST_P(EngineTest, EndAllEndsEverySessionOverSeveralTurns) {
  for (int i = 0; i < 300; ++i) connect();
  rig_.engine.end_all(How::drain);
  ASSERT_TRUE(run_until([&] { return rig_.ended == 301; }, false, false));
  EXPECT_EQ(rig_.engine.size(), 0u);
  EXPECT_EQ(rig_.reason, (CloseReason{Who::weir, How::drain, Phase::relay}));
}

std::string name_of(const ::testing::TestParamInfo<config::RelayMode>& mode) {
  switch (mode.param) {
    case config::RelayMode::copy: return "copy";
    case config::RelayMode::splice: return "splice";
    default: return "auto";
  }
}

INSTANTIATE_TEST_SUITE_P(Relay, EngineTest,
                         ::testing::Values(config::RelayMode::automatic, config::RelayMode::copy,
                                           config::RelayMode::splice),
                         name_of);

}  // namespace
}  // namespace weir::proxy
