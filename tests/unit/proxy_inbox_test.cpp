#include "proxy/inbox.h"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <new>
#include <thread>
#include <utility>
#include <vector>

namespace weir::proxy {
namespace {

std::vector<Arrival> batch_of(std::initializer_list<ListenerNumber> numbers) {
  std::vector<Arrival> batch;
  for (const ListenerNumber number : numbers) {
    Arrival arrival;
    arrival.listener = number;
    batch.push_back(std::move(arrival));
  }
  return batch;
}

class InboxTest : public ::testing::Test, public EngineObserver {
 protected:
  void SetUp() override { engine_.start(); }
  void session_visited(Session&) noexcept override {}
  void session_answered(const Session&, base::TimePoint) noexcept override {}
  void session_ended(Session&) noexcept override {}

  void put(std::initializer_list<ListenerNumber> numbers) {
    std::vector<Arrival> batch = batch_of(numbers);
    std::thread([&] { inbox_.put(batch); }).join();
    EXPECT_TRUE(batch.empty());
  }
  void take(std::vector<Arrival>& batch) {
    if (std::exchange(wants_memory_, false)) throw std::bad_alloc();
    for (const Arrival& arrival : batch) taken_.push_back(arrival.listener);
  }

  using Numbers = std::vector<ListenerNumber>;
  boost::asio::io_context context_{1};
  ReactorProbe probe_;
  Engine engine_{context_, *this, probe_, {config::RelayMode::automatic, {1, 65536}}};
  Inbox inbox_{engine_, [this](std::vector<Arrival>& batch) { take(batch); }};
  Numbers taken_;
  bool wants_memory_ = false;
};

TEST_F(InboxTest, ABatchWakesATurnThatWaitsEachTime) {
  for (ListenerNumber number = 1; number < 4; ++number) {
    put({number});
    engine_.turn(Engine::Waiting::yes);  // for ever, if nothing wakes it
    EXPECT_EQ(taken_.back(), number);
  }
}

TEST_F(InboxTest, BatchesThatMeetThereAreTakenAtOnceAndInOrder) {
  put({1, 2});
  put({3});
  put({4, 5});
  engine_.turn(Engine::Waiting::yes);
  EXPECT_EQ(taken_, (Numbers{1, 2, 3, 4, 5}));
}

TEST_F(InboxTest, EmptyingItLeavesNothingForTheTurn) {
  put({1, 2});
  inbox_.empty();
  EXPECT_EQ(taken_, (Numbers{1, 2}));
  engine_.turn(Engine::Waiting::no);
  EXPECT_EQ(taken_, (Numbers{1, 2}));
}

TEST_F(InboxTest, ABatchThatFoundNoMemoryDoesNotComeAgain) {
  put({1});
  wants_memory_ = true;
  EXPECT_THROW(engine_.turn(Engine::Waiting::no), std::bad_alloc);
  put({2});
  engine_.turn(Engine::Waiting::no);
  engine_.turn(Engine::Waiting::no);
  EXPECT_EQ(taken_, (Numbers{2}));
}

}  // namespace
}  // namespace weir::proxy
