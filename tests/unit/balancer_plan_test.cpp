#include "balancer/plan.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

namespace weir::balancer {
namespace {

using std::chrono::seconds;

constexpr Standing kWell{};
constexpr Standing kSick{.healthy = false};
constexpr base::TimePoint kNow{seconds(1000)};

Plan::Member member(Standing standing = kWell, std::uint32_t weight = 1,
                    std::uint32_t priority = 0) {
  return {weight, priority, standing, 100};
}

/// Each member's part of all new sessions, in percent.
std::vector<double> shares(const Plan& plan) {
  const double sum = std::accumulate(plan.weights.begin(), plan.weights.end(), 0.0);
  std::vector<double> parts;
  for (const std::uint32_t weight : plan.weights)
    parts.push_back(sum == 0 ? 0 : 100 * weight / sum);
  return parts;
}

void expect_shares(const Plan& plan, const std::vector<double>& expected) {
  const auto found = shares(plan);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], 0.1) << i;
}

TEST(Eligible, NeedsAllFourBits) {
  EXPECT_TRUE(eligible({}));
  EXPECT_FALSE(eligible({.healthy = false}));
  EXPECT_FALSE(eligible({.enabled = false}));
  EXPECT_FALSE(eligible({.ejected = true}));
  EXPECT_FALSE(eligible({.draining = true}));
}

TEST(PlanTest, WeightsCountAndWhoIsNotEligibleGetsNothing) {
  expect_shares(
      Plan::of({member(kWell, 1), member(kSick, 5), member(kWell, 3), member(kWell, 0)}, {}),
      {25, 0, 75, 0});
}

TEST(PlanTest, ASlowStartIsAPartOfTheWeight) {
  Plan::Member fresh = member(kWell, 1);
  fresh.warmth_percent = 10;
  expect_shares(Plan::of({member(), fresh}, {}), {100 / 1.1, 10 / 1.1});
}

TEST(PlanTest, TheNextTierRestsWhileTheOneAboveCanBearTheLoad) {
  // Three of four, with 140 percent: 105 percent, so the standby rests.
  expect_shares(Plan::of({member(), member(), member(), member(kSick), member(kWell, 1, 1)}, {}),
                {33.33, 33.33, 33.33, 0, 0});
}

TEST(PlanTest, ATierThatIsShortSharesWithTheNext) {
  // Two of four bear 70 percent.
  expect_shares(
      Plan::of({member(), member(), member(kSick), member(kSick), member(kWell, 1, 1)}, {}),
      {35, 35, 0, 0, 30});
}

TEST(PlanTest, TheFirstTierKeepsItsScaleWhenItSharesWithTheNext) {
  const Plan plan =
      Plan::of({member(), member(), member(kSick), member(kSick), member(kWell, 1, 1)}, {});
  EXPECT_EQ(plan.weights[0], Plan::kScale);
  EXPECT_NEAR(plan.weights[4], 2 * 30.0 / 70 * Plan::kScale, 1);
}

TEST(PlanTest, AnEmptyTierIsReplacedByTheNextOneOfAnyNumber) {
  expect_shares(Plan::of({member(kSick), member(kSick, 1, 3), member(kWell, 1, 7)}, {}),
                {0, 0, 100});
}

TEST(PlanTest, WhenAllTiersAreShortTheyShareEverything) {
  // One of four in each: 35 percent each, which becomes the half.
  std::vector<Plan::Member> members;
  for (const std::uint32_t priority : {0u, 1u})
    for (int i = 0; i < 4; ++i) members.push_back(member(i == 0 ? kWell : kSick, 1, priority));
  expect_shares(Plan::of(members, {}), {50, 0, 0, 0, 50, 0, 0, 0});
}

TEST(PlanTest, BelowThePanicThresholdAllAreUsedButThoseWhoLeaveOrAreSwitchedOff) {
  const std::vector<Plan::Member> members = {member(), member(kSick), member({.ejected = true}),
                                             member({.draining = true}),
                                             member({.enabled = false})};
  const Plan calm = Plan::of(members, {.panic_percent = 20});
  EXPECT_FALSE(calm.panic) << "one of five is not below 20 percent";
  expect_shares(calm, {100, 0, 0, 0, 0});
  const Plan panic = Plan::of(members, {.panic_percent = 21});
  EXPECT_TRUE(panic.panic);
  expect_shares(panic, {33.33, 33.33, 33.33, 0, 0});
}

TEST(PlanTest, NobodyAtAllIsNoPanicAndNoDivision) {
  EXPECT_FALSE(Plan::of({}, {.panic_percent = 50}).panic);
  expect_shares(Plan::of({member(kWell, 0)}, {.panic_percent = 50}), {0});
  expect_shares(Plan::of({member(kSick)}, {}), {0});
}

TEST(PlanTest, WhateverTheMembersWhoMayServeServesAndNobodyElse) {
  std::mt19937 random(3);
  for (int round = 0; round < 3'000; ++round) {
    std::vector<Plan::Member> members(random() % 12);
    bool anybody = false;
    for (Plan::Member& each : members) {
      each.weight = random() % 4 == 0 ? 0 : random() % 256;
      each.priority = random() % 3;
      each.standing = {random() % 2 == 0, random() % 4 != 0, random() % 4 == 0, random() % 4 == 0};
      each.warmth_percent = 10 + random() % 91;
      anybody = anybody || (each.weight > 0 && eligible(each.standing));
    }
    const std::uint32_t percent = random() % 101;
    const Plan plan = Plan::of(members, {140, percent});
    ASSERT_EQ(plan.weights.size(), members.size());
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < members.size(); ++i) {
      const Standing& standing = members[i].standing;
      const bool may = plan.panic ? eligible_in_panic(standing) : eligible(standing);
      EXPECT_TRUE(plan.weights[i] == 0 || (may && members[i].weight > 0));
      sum += plan.weights[i];
    }
    EXPECT_TRUE(sum > 0 || !anybody) << "somebody could serve and nobody does";
  }
}

TEST(Warmth, GrowsInAStraightLine) {
  EXPECT_EQ(warmth_percent(kNow, kNow, seconds(0)), 100u);
  EXPECT_EQ(warmth_percent(kNow, kNow, seconds(60)), 10u);
  EXPECT_EQ(warmth_percent(kNow, kNow + seconds(30), seconds(60)), 50u);
  EXPECT_EQ(warmth_percent(kNow, kNow + seconds(60), seconds(60)), 100u);
}

TEST(WarmLimit, GrowsWithTheWeightFromOneOn) {
  EXPECT_EQ(warm_limit(50, 10), 5u);
  EXPECT_EQ(warm_limit(50, 100), 50u);
  EXPECT_EQ(warm_limit(3, 10), 1u) << "a backend that gets nobody would never warm";
  EXPECT_EQ(warm_limit(0, 10), 0u) << "no limit";
}

}  // namespace
}  // namespace weir::balancer
