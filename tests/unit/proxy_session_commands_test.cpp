#include "proxy/session_commands.h"
#include "tests/unit/proxy_peer.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace weir::proxy {
namespace {

constexpr unsigned kReactor = 3;

/// One engine on the test's thread with sessions that relay, and their peers.
class SessionCommandsTest : public ::testing::Test, public EngineObserver {
 protected:
  SessionCommandsTest() { engine_.start(); }
  void TearDown() override {
    engine_.end_all(How::drain);
    poll();
  }
  void session_visited(Session&) noexcept override {}
  void session_answered(const Session&, base::TimePoint) noexcept override {}
  void session_ended(Session& session) noexcept override { reasons_.push_back(session.reason); }

  Session& add(balancer::SlotNumber slot = 0) {
    TcpPair down = make_tcp_pair();
    TcpPair up = make_tcp_pair();
    peers_.push_back(std::make_unique<Peer>(std::move(down.peer)));
    peers_.push_back(std::make_unique<Peer>(std::move(up.peer)));
    Session& session = engine_.adopt(relaying_state(down.ours.release(), up.ours.release()));
    session.slot = slot;
    session.counts_backend = true;
    session.accepted_at = base::Clock::now();
    return session;
  }
  void poll() {
    engine_.settle();
    engine_.turn(Engine::Waiting::no);
    context_.restart();
    context_.poll();
  }
  static std::shared_ptr<SessionSearch> search(std::size_t most) {
    return std::make_shared<SessionSearch>(std::vector<SessionSearch::Term>{}, SessionOrder::age,
                                           true, most);
  }

  boost::asio::io_context context_{1};
  ReactorProbe probe_;
  Engine engine_{context_, *this, probe_, {}};
  SessionCommands commands_{kReactor, engine_, context_};
  std::vector<std::unique_ptr<Peer>> peers_;
  std::vector<CloseReason> reasons_;
};

TEST_F(SessionCommandsTest, ListsANumberOfPlacesEachTurn) {
  const std::uint32_t count = 2 * SessionCommands::kListedPerTurn + 1;
  for (std::uint32_t i = 0; i < count; ++i) add();
  const auto found = search(count);
  bool is_done = false;
  commands_.list(found, [&] { is_done = true; });
  EXPECT_EQ(found->seen(), SessionCommands::kListedPerTurn);
  EXPECT_FALSE(is_done);
  poll();
  EXPECT_TRUE(is_done);
  EXPECT_EQ(found->seen(), count);
  std::set<std::string> ids;
  for (const SessionRow& row : found->rows()) ids.insert(row.id.to_string());
  EXPECT_EQ(ids.size(), count);
  EXPECT_TRUE(ids.contains("3.0.0")) << *ids.begin();
}

TEST_F(SessionCommandsTest, TellsWhatASessionIsAndWhatTheKernelKnows) {
  Session& session = add(5);
  session.attempts = 2;
  peers_[0]->to_send = "hello";
  peers_[0]->send_some();
  for (int i = 0; i < 100 && session.upload.moved_bytes() < 5; ++i) poll();
  const auto found = search(1);
  commands_.list(found, [] {});
  bool is_done = false;
  commands_.add_tcp_facts(found, [&] { is_done = true; });
  ASSERT_TRUE(is_done);
  ASSERT_EQ(found->rows().size(), 1u);
  const SessionRow& row = found->rows().front();
  EXPECT_EQ(row.slot, 5u);
  EXPECT_EQ(row.attempts, 2);
  EXPECT_EQ(row.received_bytes, 5u);
  EXPECT_EQ(row.stage, ShownStage::relaying);
  ASSERT_TRUE(row.client_tcp && row.backend_tcp);
  EXPECT_GT(row.client_tcp->congestion_window, 0u);
}

TEST_F(SessionCommandsTest, AsksTheKernelOfItsOwnSessionsOnlyAndOfFewEachTurn) {
  for (std::uint32_t i = 0; i <= SessionCommands::kAskedPerTurn; ++i) add();
  const auto found = search(100);
  commands_.list(found, [] {});
  found->rows().back().id.reactor = kReactor + 1;  // another's, in a list of all
  commands_.add_tcp_facts(found, [] {});
  const auto asked =
      std::count_if(found->rows().begin(), found->rows().end(),
                    [](const SessionRow& row) { return row.client_tcp.has_value(); });
  EXPECT_LE(asked, SessionCommands::kAskedPerTurn);
  poll();
  EXPECT_FALSE(found->rows().back().client_tcp);
  EXPECT_TRUE(std::all_of(found->rows().begin(), found->rows().end() - 1,
                          [](const SessionRow& row) { return row.client_tcp.has_value(); }));
}

TEST_F(SessionCommandsTest, EndsOneWithAResetAndNoStrangerInItsPlace) {
  Session& session = add();
  add();
  const std::uint32_t index = session.index;
  const std::uint32_t generation = session.generation;
  EXPECT_FALSE(commands_.end(index, generation + 1));
  EXPECT_TRUE(commands_.end(index, generation));
  EXPECT_FALSE(commands_.end(index, generation));
  EXPECT_EQ(engine_.size(), 1u);
  ASSERT_EQ(reasons_.size(), 1u);
  EXPECT_EQ(reasons_[0], (CloseReason{Who::weir, How::admin, Phase::relay}));
  peers_[0]->receive_some();
  EXPECT_EQ(peers_[0]->error, ECONNRESET);
}

TEST_F(SessionCommandsTest, EndsThoseOfABackendANumberOfPlacesEachTurn) {
  for (std::uint32_t i = 0; i < 2 * SessionCommands::kEndedPerTurn; ++i) add(i % 2);
  commands_.end_backend(1);
  EXPECT_EQ(reasons_.size(), SessionCommands::kEndedPerTurn / 2);
  poll();
  EXPECT_EQ(reasons_.size(), SessionCommands::kEndedPerTurn);
  EXPECT_EQ(engine_.size(), SessionCommands::kEndedPerTurn);
}

}  // namespace
}  // namespace weir::proxy
