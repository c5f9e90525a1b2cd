#include "balancer/journal.h"
#include "balancer/state_history.h"
#include "balancer/will.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace weir::balancer {
namespace {

using std::chrono::seconds;

constexpr StateHistory::WallTime kWall{seconds(1'700'000'000)};

TEST(StateHistoryTest, RemembersSinceWhenItIsAsItIs) {
  StateHistory history;
  EXPECT_EQ(history.state(), StateHistory::kAbsent);
  Standing standing;
  history.became(standing, kWall);
  EXPECT_EQ(history.state(), "healthy");
  standing.healthy = false;
  history.became(standing, kWall + seconds(10));
  EXPECT_EQ(history.since(), kWall + seconds(10));
  history.became(standing, kWall + seconds(12));
  EXPECT_EQ(history.since(), kWall + seconds(10)) << "nothing changed";
  standing.enabled = false;
  history.became(standing, kWall + seconds(20));
  EXPECT_EQ(history.state(), "disabled");
  standing = {};
  history.became(standing, kWall + seconds(30));
  EXPECT_EQ(history.state(), "healthy");
  EXPECT_EQ(history.since(), kWall + seconds(30));
}

TEST(WillsTest, JoinsTheOperatorsBitsWithThoseOfAnAddressThatHasLeft) {
  Wills wills;
  Standing standing;
  wills.apply(3, false, standing);
  EXPECT_TRUE(eligible(standing));
  wills.at(3).state = Will::State::drain;
  wills.apply(3, false, standing);
  EXPECT_TRUE(standing.draining);
  EXPECT_TRUE(standing.enabled);
  wills.at(3).state = Will::State::maintenance;
  wills.apply(3, true, standing);
  EXPECT_FALSE(standing.enabled);
  EXPECT_TRUE(standing.draining) << "it has left besides";
  wills.at(3).state = Will::State::ready;
  wills.apply(3, false, standing);
  EXPECT_EQ(standing, Standing{});
  wills.apply(4, true, standing);
  EXPECT_TRUE(standing.draining);
  EXPECT_FALSE(wills.of(4).weight.has_value());
}

TEST(WillsTest, LeavesWhatIsNotTheOperatorsAlone) {
  Wills wills;
  Standing standing;
  standing.healthy = false;
  standing.ejected = true;
  wills.apply(0, false, standing);
  EXPECT_FALSE(standing.healthy);
  EXPECT_TRUE(standing.ejected);
}

TEST(JournalTest, GivesTheNewestFirstAndForgetsTheOldest) {
  Journal journal;
  for (std::size_t i = 1; i <= Journal::kMostChanges + 2; ++i)
    journal.changed({0, kWall, "pool", std::to_string(i), "healthy", "unhealthy", "cause"});
  const auto all = journal.changes_after(0, 10'000);
  ASSERT_EQ(all.size(), Journal::kMostChanges);
  EXPECT_EQ(all.front().number, Journal::kMostChanges + 2);
  EXPECT_EQ(all.front().backend, std::to_string(Journal::kMostChanges + 2));
  EXPECT_EQ(all.back().number, 3u);
  EXPECT_EQ(journal.changes_after(all.front().number - 1, 10).size(), 1u);
  EXPECT_EQ(journal.changes_after(0, 2).size(), 2u);
}

TEST(JournalTest, KeepsTheLastCheckOfEach) {
  Journal journal;
  EXPECT_FALSE(journal.last_check(5));
  journal.checked(5, {CheckVerdict::Result::failed, "refused", seconds(1)}, kWall);
  journal.checked(5, {CheckVerdict::Result::passed, "accepted", seconds(2)}, kWall + seconds(1));
  ASSERT_TRUE(journal.last_check(5));
  EXPECT_EQ(journal.last_check(5)->verdict.what, "accepted");
  EXPECT_EQ(journal.last_check(5)->time, kWall + seconds(1));
  EXPECT_FALSE(journal.last_check(4));
}

}  // namespace
}  // namespace weir::balancer
