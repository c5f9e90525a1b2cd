#include "balancer/check_state.h"
#include "balancer/ejection.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>

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

}  // namespace
}  // namespace weir::balancer
