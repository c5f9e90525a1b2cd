#include "balancer/occupancy.h"
#include "proxy/queue_door.h"
#include "proxy/waiting_line.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <new>
#include <thread>
#include <vector>

namespace weir::proxy {
namespace {

using Tickets = std::vector<QueueDoor::Ticket>;

Queued one_who_was_failed() {
  Queued queued;
  queued.tried.add(7);
  return queued;
}

class WaitingLineTest : public ::testing::Test {
 protected:
  /// Moves the line with so many places to give; returns who got one.
  Tickets move(std::size_t places) {
    Tickets served;
    line_.move([&](QueueDoor::Ticket ticket, const Queued&) {
      ++asked_;
      if (served.size() == places) return Turn::stays;
      served.push_back(ticket);
      return Turn::served;
    });
    return served;
  }

  WaitingLine line_;
  int asked_ = 0;
};

TEST_F(WaitingLineTest, ServesByTicketThoughTheyJoinOutOfOrder) {
  for (const QueueDoor::Ticket ticket : {3, 1, 2, 5, 4}) line_.join(ticket, {});
  EXPECT_EQ(move(2), (Tickets{1, 2}));
  EXPECT_EQ(move(9), (Tickets{3, 4, 5}));
  EXPECT_EQ(line_.size(), 0U);
}

TEST_F(WaitingLineTest, WhoHasLeftIsNotServed) {
  for (const QueueDoor::Ticket ticket : {1, 2, 3}) line_.join(ticket, {});
  EXPECT_TRUE(line_.leave(2));
  EXPECT_FALSE(line_.leave(2));
  EXPECT_EQ(move(9), (Tickets{1, 3}));
  EXPECT_FALSE(line_.leave(1)) << "it has been served";
}

TEST_F(WaitingLineTest, OneWhoCouldHaveAnyAndStaysEndsTheMove) {
  for (const QueueDoor::Ticket ticket : {1, 2, 3}) line_.join(ticket, {});
  move(0);
  EXPECT_EQ(asked_, 1);
}

TEST_F(WaitingLineTest, OneWhoWasFailedBySomeDoesNotBlockTheNext) {
  line_.join(1, one_who_was_failed());
  line_.join(2, {});
  Tickets served;
  line_.move([&](QueueDoor::Ticket ticket, const Queued& queued) {
    if (!queued.tried.empty()) return Turn::stays;
    served.push_back(ticket);
    return Turn::served;
  });
  EXPECT_EQ(served, (Tickets{2}));
  EXPECT_EQ(line_.size(), 1U);
}

TEST_F(WaitingLineTest, ManyWhoStayAreNotAllAskedEachTime) {
  constexpr QueueDoor::Ticket kMany = 10 * WaitingLine::kLookedPast;
  for (QueueDoor::Ticket ticket = 1; ticket <= kMany; ++ticket)
    line_.join(ticket, one_who_was_failed());
  move(0);
  EXPECT_LE(asked_, WaitingLine::kLookedPast + 1);
}

TEST_F(WaitingLineTest, HoweverManyStayOneWhoCouldHaveAnyHasItsTurn) {
  constexpr QueueDoor::Ticket kMany = 10 * WaitingLine::kLookedPast;
  for (QueueDoor::Ticket ticket = 1; ticket <= kMany; ++ticket)
    line_.join(ticket, one_who_was_failed());
  line_.join(kMany + 1, {});
  Tickets served;
  line_.move([&](QueueDoor::Ticket ticket, const Queued& queued) {
    if (!queued.tried.empty()) return Turn::stays;
    served.push_back(ticket);
    return Turn::served;
  });
  EXPECT_EQ(served, (Tickets{kMany + 1}));
}

TEST_F(WaitingLineTest, BothKindsAreServedInTheOrderOfTheirTickets) {
  for (const QueueDoor::Ticket ticket : {1, 4, 5}) line_.join(ticket, {});
  for (const QueueDoor::Ticket ticket : {2, 3, 6}) line_.join(ticket, one_who_was_failed());
  EXPECT_EQ(move(9), (Tickets{1, 2, 3, 4, 5, 6}));
}

TEST_F(WaitingLineTest, WhoIsForgivenWaitsForAllAndKeepsItsPlace) {
  line_.join(1, one_who_was_failed());
  line_.join(2, {});
  line_.forgive(1);
  line_.forgive(9);
  Tickets served;
  line_.move([&](QueueDoor::Ticket ticket, const Queued& queued) {
    EXPECT_TRUE(queued.tried.empty());
    served.push_back(ticket);
    return Turn::served;
  });
  EXPECT_EQ(served, (Tickets{1, 2}));
}

TEST_F(WaitingLineTest, ALongLineMovesInSteps) {
  constexpr QueueDoor::Ticket kMany = WaitingLine::kServedPerMove + 10;
  for (QueueDoor::Ticket ticket = 1; ticket <= kMany; ++ticket) line_.join(ticket, {});
  const auto serve = [](QueueDoor::Ticket, const Queued&) { return Turn::served; };
  EXPECT_TRUE(line_.move(serve));
  EXPECT_EQ(line_.size(), 10U);
  EXPECT_FALSE(line_.move(serve));
  EXPECT_EQ(line_.size(), 0U);
}

TEST_F(WaitingLineTest, WhoWasAboutToBeServedWhenMemoryWasShortStays) {
  for (const QueueDoor::Ticket ticket : {1, 2}) line_.join(ticket, {});
  const auto want_memory = [](QueueDoor::Ticket, const Queued&) -> Turn { throw std::bad_alloc(); };
  EXPECT_THROW(line_.move(want_memory), std::bad_alloc);
  EXPECT_EQ(move(9), (Tickets{1, 2}));
}

TEST(QueueDoorTest, LetsInAsManyAsMayWaitAndNumbersThem) {
  QueueDoor door;
  EXPECT_EQ(door.enter(2), 1U);
  EXPECT_EQ(door.enter(2), 2U);
  EXPECT_FALSE(door.enter(2));
  door.left();
  EXPECT_EQ(door.enter(2), 3U) << "one that was turned away has no number";
  EXPECT_FALSE(door.enter(0));
}

/// Threads that take places and give them back.
TEST(OccupancyTest, NeverMoreThanItsLimitHaveAPlaceAtATime) {
  constexpr std::uint32_t kLimit = 3;
  constexpr int kThreads = 4;
  balancer::Occupancy occupancy;
  std::atomic<std::uint32_t> inside{0};
  std::atomic<std::uint32_t> most{0};
  std::atomic<std::uint64_t> entered{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([&] {
      for (int round = 0; round < 50'000; ++round) {
        if (!occupancy.try_take(kLimit)) continue;
        const std::uint32_t now = ++inside;
        std::uint32_t seen = most.load();
        while (seen < now && !most.compare_exchange_weak(seen, now)) continue;
        ++entered;
        --inside;
        occupancy.give_back();
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(entered, 0U);
  EXPECT_LE(most, kLimit);
  EXPECT_EQ(occupancy.taken(), 0U);
}

}  // namespace
}  // namespace weir::proxy
