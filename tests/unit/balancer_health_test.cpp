#include "balancer/check_gate.h"
#include "balancer/check_state.h"
#include "balancer/ejection.h"
#include "balancer/streak.h"

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <random>
#include <string>

namespace weir::balancer {
namespace {

using std::chrono::seconds;

constexpr base::TimePoint kNow{seconds(1000)};

TEST(CheckStateTest, FallsAfterSoManyFailuresInARowAndRisesAfterSoManySuccesses) {
  CheckState state({2, 3}, true);
  EXPECT_FALSE(state.took(false));
  EXPECT_TRUE(state.is_changing());
  EXPECT_FALSE(state.took(false));
  EXPECT_FALSE(state.took(true)) << "a success between them begins the count anew";
  EXPECT_FALSE(state.is_changing());
  EXPECT_FALSE(state.took(false));
  EXPECT_FALSE(state.took(false));
  EXPECT_TRUE(state.took(false));
  EXPECT_FALSE(state.healthy());
  EXPECT_FALSE(state.took(true));
  EXPECT_FALSE(state.took(false));
  EXPECT_FALSE(state.took(true));
  EXPECT_TRUE(state.took(true));
  EXPECT_TRUE(state.healthy());
}

TEST(CheckStateTest, ChangesExactlyWhenTheLastResultsAllContradictIt) {
  std::mt19937 random(5);
  for (std::uint32_t rise = 1; rise <= 3; ++rise)
    for (std::uint32_t fall = 1; fall <= 3; ++fall) {
      CheckState state({rise, fall}, true);
      std::deque<bool> since_change;
      for (int i = 0; i < 2'000; ++i) {
        const bool passed = random() % 2 == 0;
        const bool before = state.healthy();
        since_change.push_back(passed);
        const std::size_t needed = before ? fall : rise;
        bool all_contradict = since_change.size() >= needed;
        for (std::size_t back = 0; all_contradict && back < needed; ++back)
          all_contradict = since_change[since_change.size() - 1 - back] != before;
        EXPECT_EQ(state.took(passed), all_contradict);
        EXPECT_EQ(state.healthy(), before != all_contradict);
        if (all_contradict) since_change.clear();
      }
    }
}

constexpr Ejection::Rules kRules{3, seconds(30), seconds(100)};

TEST(EjectionTest, IsDueAfterSoManyFailuresAndNeverWhenSwitchedOff) {
  Ejection ejection(kRules);
  EXPECT_FALSE(ejection.is_due(2));
  EXPECT_TRUE(ejection.is_due(3));
  ejection.eject(kNow);
  EXPECT_FALSE(ejection.is_due(3)) << "it is ejected already";
  EXPECT_FALSE(Ejection({}).is_due(1'000));
}

TEST(EjectionTest, LastsLongerEachTimeUpToTheLongest) {
  Ejection ejection(kRules);
  base::TimePoint now = kNow;
  for (const int expected : {30, 60, 90, 100, 100}) {
    ejection.eject(now);
    EXPECT_EQ(ejection.until() - now, seconds(expected));
    EXPECT_FALSE(ejection.let_back(ejection.until() - seconds(1)));
    now = ejection.until();
    EXPECT_TRUE(ejection.let_back(now));
    EXPECT_FALSE(ejection.let_back(now)) << "once";
  }
}

TEST(EjectionTest, QuietTimesAreForgivenOneByOne) {
  Ejection ejection(kRules);
  base::TimePoint now = kNow;
  for (int i = 0; i < 3; ++i) {
    ejection.eject(now);
    now = ejection.until();
    ejection.let_back(now);
  }
  now += seconds(65);  // two quiet times of thirty seconds
  ejection.eject(now);
  EXPECT_EQ(ejection.until() - now, seconds(60));
  ejection.let_back(ejection.until());
  now = ejection.until() + seconds(3'600);
  ejection.eject(now);
  EXPECT_EQ(ejection.until() - now, seconds(30)) << "never less than the shortest";
}

TEST(EjectionTest, WhateverHappensItIsNeitherShorterNorLongerThanAllowed) {
  std::mt19937 random(9);
  Ejection ejection(kRules);
  base::TimePoint now = kNow;
  for (int i = 0; i < 5'000; ++i) {
    now += seconds(random() % 40);
    if (ejection.is_due(random() % 6)) {
      ejection.eject(now);
      EXPECT_GE(ejection.until() - now, kRules.shortest);
      EXPECT_LE(ejection.until() - now, kRules.longest);
    }
    const bool was_ejected = ejection.ejected();
    const bool is_over = was_ejected && now >= ejection.until();
    EXPECT_EQ(ejection.let_back(now), is_over);
    EXPECT_EQ(ejection.ejected(), was_ejected && !is_over);
  }
}

class StreakTest : public ::testing::Test {
 protected:
  StreakTest() {
    for (auto& reactor : reactors_) {
      reactor.grow_to(1);
      all_.push_back(&reactor);
    }
  }
  void fail(std::size_t reactor, int second) {
    reactors_[reactor][0].failed(kNow + seconds(second), last_success(all_, 0));
  }
  void succeed(std::size_t reactor, int second) {
    reactors_[reactor][0].succeeded(kNow + seconds(second));
  }
  std::uint64_t in_a_row() const { return failures_in_a_row(all_, 0); }

  std::array<SlotArray<Streak>, 2> reactors_;
  Streaks all_;
};

TEST_F(StreakTest, AddsUpTheFailuresOfAllReactors) {
  EXPECT_EQ(in_a_row(), 0u);
  fail(0, 1);
  fail(1, 2);
  fail(0, 3);
  EXPECT_EQ(in_a_row(), 3u);
}

TEST_F(StreakTest, ASuccessOnAnyReactorBeginsTheRowAnew) {
  fail(0, 1);
  fail(0, 2);
  succeed(1, 3);
  EXPECT_EQ(in_a_row(), 0u);
  fail(1, 4);
  EXPECT_EQ(in_a_row(), 1u) << "what the other reactor saw before the success does not count";
  fail(0, 5);
  EXPECT_EQ(in_a_row(), 2u) << "and what it sees after it does";
}

TEST(CheckGateTest, LetsInSoManyAndTheOthersInOrderAsRoomIsMade) {
  CheckGate gate;
  gate.set_most(2);
  std::string inside;
  for (const char name : {'a', 'b', 'c', 'd'}) gate.enter([&inside, name] { inside += name; });
  EXPECT_EQ(inside, "ab");
  gate.leave();
  EXPECT_EQ(inside, "abc");
  gate.leave();
  gate.leave();
  EXPECT_EQ(inside, "abcd");
  gate.leave();
  gate.enter([&inside] { inside += 'e'; });
  EXPECT_EQ(inside, "abcde");
}

}  // namespace
}  // namespace weir::balancer
