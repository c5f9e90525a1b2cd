#include "base/hash.h"
#include "tests/unit/balancer_rig.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace weir::balancer {
namespace {

using config::Balance;

// What holds whatever the policy

class EveryPolicy : public ::testing::TestWithParam<Balance> {
 protected:
  Rig rig_;
};

TEST_P(EveryPolicy, NamesEachMemberOnceAsASessionTriesThemAll) {
  const auto selector = rig_.make(GetParam(), pool_of({1, 2, 3, 4, 5}));
  for (std::uint64_t key = 0; key < 50; ++key) {
    Tried tried;
    std::set<int> named;
    for (int i = 0; i < 5; ++i) {
      const int picked = rig_.pick(*selector, key, tried);
      ASSERT_GE(picked, 0);
      EXPECT_TRUE(named.insert(picked).second) << picked << " twice";
      tried.add(static_cast<SlotNumber>(picked));
    }
    EXPECT_EQ(rig_.pick(*selector, key, tried), -1);
  }
}

TEST_P(EveryPolicy, WhoIsFullIsNotNamedNotEvenForATrial) {
  auto pool = pool_of({1, 1, 1});
  for (Member& member : pool->members) member.max_connections = 2;
  const auto selector = rig_.make(GetParam(), pool);
  Occupancies occupancies;
  occupancies.grow_to(Rig::kSlots);
  rig_.memory.failures.connect_failed(0, kNow);
  for (const SlotNumber full : {0u, 2u})
    while (occupancies[full].try_take(2)) continue;
  const Tried tried;
  const auto later = kNow + 10 * RecentFailures::kTrialInterval;
  for (std::uint64_t key = 0; key < 50; ++key)
    EXPECT_EQ(selector->pick({later, key, tried, &occupancies}), 1u);
  while (occupancies[1].try_take(2)) continue;
  EXPECT_FALSE(selector->pick({later, 1, tried, &occupancies}));
  occupancies[2].give_back();
  EXPECT_EQ(selector->pick({later, 1, tried, &occupancies}), 2u);
}

TEST_P(EveryPolicy, WeightZeroGetsNothing) {
  const auto selector = rig_.make(GetParam(), pool_of({0, 1, 0}));
  for (std::uint64_t key = 0; key < 50; ++key) EXPECT_EQ(rig_.pick(*selector, key), 1);
  EXPECT_EQ(rig_.pick(*rig_.make(GetParam(), pool_of({0, 0}))), -1);
  EXPECT_EQ(rig_.pick(*rig_.make(GetParam(), pool_of({}))), -1);
}

TEST_P(EveryPolicy, WhoFailedLatelyComesLast) {
  const auto selector = rig_.make(GetParam(), pool_of({1, 1, 1, 1}));
  rig_.memory.failures.connect_failed(0, kNow);
  rig_.memory.failures.connect_failed(2, kNow);
  for (std::uint64_t key = 0; key < 50; ++key) {
    Tried tried;
    for (int i = 0; i < 4; ++i) {
      const int picked = rig_.pick(*selector, key, tried);
      EXPECT_EQ(picked == 0 || picked == 2, i >= 2) << picked << " as number " << i;
      tried.add(static_cast<SlotNumber>(picked));
    }
  }
}

TEST_P(EveryPolicy, WhoFailedIsTriedAgainOnceInAnInterval) {
  const auto selector = rig_.make(GetParam(), pool_of({1, 1, 1}));
  rig_.memory.failures.connect_failed(1, kNow);
  base::TimePoint now = kNow;
  for (int interval = 0; interval < 3; ++interval) {
    int trials = 0;
    for (std::uint64_t key = 0; key < 100; ++key)
      trials += rig_.pick(*selector, base::hash(key, 0), {}, now) == 1 ? 1 : 0;
    EXPECT_EQ(trials, interval == 0 ? 0 : 1);
    now += RecentFailures::kTrialInterval;
  }
  rig_.memory.failures.connected(1);
  int picks = 0;
  for (std::uint64_t key = 0; key < 100; ++key)
    picks += rig_.pick(*selector, base::hash(key, 0), {}, now) == 1 ? 1 : 0;
  EXPECT_TRUE(picks >= 10 || GetParam() == Balance::first) << "it has its share again";
}

TEST_P(EveryPolicy, WhenAllHaveFailedAllAreTried) {
  const auto selector = rig_.make(GetParam(), pool_of({1, 1, 1}));
  for (SlotNumber slot = 0; slot < 3; ++slot) rig_.memory.failures.connect_failed(slot, kNow);
  EXPECT_GE(rig_.pick(*selector), 0);
}

INSTANTIATE_TEST_SUITE_P(All, EveryPolicy,
                         ::testing::Values(Balance::round_robin, Balance::least_connections,
                                           Balance::power_of_two, Balance::least_time,
                                           Balance::random, Balance::source_hash, Balance::maglev,
                                           Balance::first));

class WeighingPolicy : public EveryPolicy {};

TEST_P(WeighingPolicy, SharesByWeight) {
  const auto selector = rig_.make(GetParam(), pool_of({1, 2, 5}));
  const std::vector<int> shares = rig_.shares(*selector, 3, 8'000);
  EXPECT_NEAR(shares[0], 1'000, 150);
  EXPECT_NEAR(shares[1], 2'000, 200);
  EXPECT_NEAR(shares[2], 5'000, 250);
}

INSTANTIATE_TEST_SUITE_P(All, WeighingPolicy,
                         ::testing::Values(Balance::round_robin, Balance::least_connections,
                                           Balance::random, Balance::source_hash, Balance::maglev));

// round_robin

class RoundRobinTest : public ::testing::Test {
 protected:
  Rig rig_;
};

TEST_F(RoundRobinTest, InterleavesWeightsSmoothly) {
  const auto selector = rig_.make(Balance::round_robin, pool_of({5, 1, 1}));
  EXPECT_EQ(rig_.letters(*selector, 7), "aabacaa");
}

TEST_F(RoundRobinTest, EveryCycleGivesEachMemberItsWeight) {
  const auto selector = rig_.make(Balance::round_robin, pool_of({3, 7, 2, 8}));
  for (int cycle = 0; cycle < 5; ++cycle) {
    const std::string order = rig_.letters(*selector, 20);
    EXPECT_EQ(std::count(order.begin(), order.end(), 'a'), 3);
    EXPECT_EQ(std::count(order.begin(), order.end(), 'b'), 7);
    EXPECT_EQ(std::count(order.begin(), order.end(), 'c'), 2);
    EXPECT_EQ(std::count(order.begin(), order.end(), 'd'), 8);
  }
}

TEST_F(RoundRobinTest, ReactorsBeginAtDifferentMembers) {
  std::set<std::string> begins;
  for (unsigned reactor = 0; reactor < 3; ++reactor) {
    Rig fresh;
    begins.insert(fresh.letters(*fresh.make(Balance::round_robin, pool_of({1, 1, 1}), reactor), 1));
  }
  EXPECT_EQ(begins.size(), 3u);
}

TEST_F(RoundRobinTest, ANewSnapshotDoesNotBeginTheRoundAnew) {
  const auto pool = pool_of({1, 1, 1});
  std::string order;
  for (int i = 0; i < 6; ++i) {  // a snapshot for each pick
    const auto selector = rig_.make(Balance::round_robin, pool);
    order += rig_.letters(*selector, 1);
    selector->leave();
  }
  EXPECT_EQ(order, "abcabc");
}

TEST_F(RoundRobinTest, ANewSnapshotGoesOnAlsoWhereTheRoundHadBegunFurther) {
  const auto first = rig_.make(Balance::round_robin, pool_of({1, 1, 1}), 1);
  EXPECT_EQ(rig_.letters(*first, 2), "bc");  // all credits are zero again
  first->leave();
  EXPECT_EQ(rig_.letters(*rig_.make(Balance::round_robin, pool_of({1, 1, 1})), 3), "abc");
}

TEST_F(RoundRobinTest, AnotherScaleOfWeightsIsForgottenAtOnce) {
  auto pool = pool_of({1, 1, 1});
  for (Member& member : pool->members) member.effective_weight = 3'500'000;
  const auto large = rig_.make(Balance::round_robin, pool);
  rig_.letters(*large, 4);
  large->leave();
  const auto small = rig_.make(Balance::round_robin, pool_of({1, 1, 1}));
  for (const int share : rig_.shares(*small, 3, 30)) EXPECT_NEAR(share, 10, 3);
}

TEST_F(RoundRobinTest, TheOthersShareEvenlyWhatAFailedOneDoesNotGet) {
  const auto selector = rig_.make(Balance::round_robin, pool_of({1, 1, 1, 1}));
  rig_.memory.failures.connect_failed(1, kNow);
  EXPECT_EQ(rig_.shares(*selector, 4, 300), (std::vector<int>{100, 0, 100, 100}));
}

TEST_F(RoundRobinTest, WhenAllHaveFailedAllAreTriedInTurn) {
  const auto selector = rig_.make(Balance::round_robin, pool_of({1, 1, 1}));
  for (SlotNumber slot = 0; slot < 3; ++slot) rig_.memory.failures.connect_failed(slot, kNow);
  EXPECT_EQ(rig_.letters(*selector, 6), "abcabc");
}

// least_connections

class LeastConnectionsTest : public ::testing::Test {
 protected:
  std::unique_ptr<Selector> make(const std::vector<unsigned>& weights, unsigned rotation = 0) {
    return rig_.make(Balance::least_connections, pool_of(weights), rotation);
  }
  Rig rig_;
};

TEST_F(LeastConnectionsTest, SumsWhatEveryReactorPublishes) {
  rig_.sessions[0][0].set(1);
  rig_.sessions[1][0].set(4);
  rig_.sessions[0][1].set(4);
  rig_.sessions[1][2].set(3);
  const auto selector = make({1, 1, 1});
  Tried tried;
  std::string order;
  for (int i = 0; i < 3; ++i) {
    const int picked = rig_.pick(*selector, 0, tried);
    order += static_cast<char>('a' + picked);
    tried.add(static_cast<SlotNumber>(picked));
  }
  EXPECT_EQ(order, "cba");
}

TEST_F(LeastConnectionsTest, WeighsSessionsByWeight) {
  rig_.sessions[0][0].set(1);
  rig_.sessions[0][1].set(6);
  const auto selector = make({1, 4});
  EXPECT_EQ(rig_.pick(*selector), 1);  // (6 + 1) / 4 is less than (1 + 1) / 1
  rig_.sessions[0][1].set(8);
  EXPECT_EQ(rig_.pick(*selector), 0);  // (8 + 1) / 4 is more
}

TEST_F(LeastConnectionsTest, EqualOnesGoInRotation) {
  EXPECT_EQ(rig_.letters(*make({1, 1, 1}, 1), 6), "bcabca");
}

TEST_F(LeastConnectionsTest, SessionsThatStayAreSharedByWeight) {
  const auto selector = make({1, 2, 5});
  for (int i = 0; i < 800; ++i)
    rig_.sessions[0][static_cast<SlotNumber>(rig_.pick(*selector))].add();
  EXPECT_NEAR(static_cast<double>(rig_.sessions[0][0].value()), 100, 2);
  EXPECT_NEAR(static_cast<double>(rig_.sessions[0][1].value()), 200, 2);
  EXPECT_NEAR(static_cast<double>(rig_.sessions[0][2].value()), 500, 2);
}

TEST_F(LeastConnectionsTest, TwoReactorsThatCountThemselvesKeepMembersEqual) {
  const auto first = make({1, 1, 1, 1});
  const auto second = make({1, 1, 1, 1}, 1);
  for (int i = 0; i < 1'000; ++i) {
    const bool is_second = i % 3 == 0;
    const int picked = rig_.pick(is_second ? *second : *first);
    rig_.sessions[is_second][static_cast<SlotNumber>(picked)].add();
  }
  for (SlotNumber slot = 0; slot < 4; ++slot)
    EXPECT_EQ(rig_.sessions[0][slot].value() + rig_.sessions[1][slot].value(), 250);
}

TEST_F(LeastConnectionsTest, MembersThatRefuseDoNotUseUpTheRetriesOfEverybody) {
  const auto selector = make({1, 1, 1, 1, 1});
  RecentFailures& failures = rig_.memory.failures;
  rig_.sessions[0][4].set(100);  // the only one that lives, and so the most loaded
  for (SlotNumber dead = 0; dead < 4; ++dead) failures.connect_failed(dead, kNow);
  EXPECT_EQ(rig_.pick(*selector), 4);

  // Later each is tried again, one at a time, and the pick's second candidate is sound.
  const base::TimePoint later = kNow + RecentFailures::kTrialInterval;
  std::set<int> trials;
  for (int i = 0; i < 4; ++i) {
    Tried tried;
    const int trial = rig_.pick(*selector, 0, tried, later);
    trials.insert(trial);
    tried.add(static_cast<SlotNumber>(trial));
    EXPECT_EQ(rig_.pick(*selector, 0, tried, later), 4);
  }
  EXPECT_EQ(trials, (std::set<int>{0, 1, 2, 3}));
  EXPECT_EQ(rig_.pick(*selector, 0, {}, later), 4) << "each had its trial of this second";

  failures.connected(2);
  EXPECT_EQ(rig_.pick(*selector, 0, {}, later), 2) << "it is back, and has no sessions";
}

TEST_F(LeastConnectionsTest, CountsAreRightWhereverTheSlotsLie) {
  auto pool = std::make_shared<PoolSnapshot>();
  for (const SlotNumber slot : {60u, 61u, 62u, 63u, 64u, 65u, 200u, 7u, 8u})  // over two chunks
    pool->members.push_back({slot, std::to_string(slot), {}, 1, 1});
  const auto selector = rig_.make(Balance::least_connections, pool);
  for (std::size_t least = 0; least < pool->members.size(); ++least) {
    for (const Member& member : pool->members) rig_.sessions[1][member.slot].set(5);
    rig_.sessions[1][pool->members[least].slot].set(1);
    EXPECT_EQ(rig_.pick(*selector), static_cast<int>(least));
  }
}

// power_of_two and random

TEST(PowerOfTwo, IsFarMoreEvenThanChance) {
  constexpr unsigned kMembers = 20;
  constexpr int kSessions = 4'000;
  std::map<Balance, std::int64_t> excess;
  for (const Balance balance : {Balance::power_of_two, Balance::random}) {
    Rig rig;
    const auto selector = rig.make(balance, pool_of_size(kMembers));
    for (int i = 0; i < kSessions; ++i)
      rig.sessions[0][static_cast<SlotNumber>(rig.pick(*selector))].add();
    std::int64_t fullest = 0;
    for (SlotNumber slot = 0; slot < kMembers; ++slot)
      fullest = std::max(fullest, rig.sessions[0][slot].value());
    excess[balance] = fullest - kSessions / kMembers;
  }
  EXPECT_LE(excess[Balance::power_of_two], 5);
  EXPECT_GE(excess[Balance::random], 10);
}

TEST(PowerOfTwo, SessionsThatStayAreSharedByWeight) {
  Rig rig;
  const auto selector = rig.make(Balance::power_of_two, pool_of({1, 2, 5}));
  for (int i = 0; i < 8'000; ++i)
    rig.sessions[1][static_cast<SlotNumber>(rig.pick(*selector))].add();
  EXPECT_NEAR(static_cast<double>(rig.sessions[1][0].value()), 1'000, 50);
  EXPECT_NEAR(static_cast<double>(rig.sessions[1][1].value()), 2'000, 100);
}

// least_time

class LeastTimeTest : public ::testing::Test {
 protected:
  Rig rig_;
};

TEST_F(LeastTimeTest, PrefersWhoAnswersSoonerOnWhicheverReactorThatWasSeen) {
  const auto selector = rig_.make(Balance::least_time, pool_of({1, 1}));
  rig_.latencies[0][0].observe(std::chrono::milliseconds(1), kNow);
  rig_.latencies[1][0].observe(std::chrono::milliseconds(50), kNow);  // the other reactor knows
  rig_.latencies[0][1].observe(std::chrono::milliseconds(5), kNow);
  EXPECT_EQ(rig_.shares(*selector, 2, 100), (std::vector<int>{0, 100}));
}

TEST_F(LeastTimeTest, WeighsTheTimeByTheSessionsInFlight) {
  const auto selector = rig_.make(Balance::least_time, pool_of({1, 1}));
  rig_.latencies[0][0].observe(std::chrono::milliseconds(1), kNow);
  rig_.latencies[0][1].observe(std::chrono::milliseconds(4), kNow);
  for (int i = 0; i < 500; ++i)
    rig_.sessions[0][static_cast<SlotNumber>(rig_.pick(*selector))].add();
  EXPECT_NEAR(static_cast<double>(rig_.sessions[0][0].value()), 400, 2);
}

TEST_F(LeastTimeTest, AnUnknownMemberGetsOneSessionUntilItHasAnswered) {
  const auto selector = rig_.make(Balance::least_time, pool_of({1, 1}));
  rig_.latencies[0][0].observe(std::chrono::milliseconds(1), kNow);
  EXPECT_EQ(rig_.pick(*selector), 1);
  rig_.sessions[0][1].add();
  EXPECT_EQ(rig_.shares(*selector, 2, 50), (std::vector<int>{50, 0}));
  rig_.latencies[0][1].observe(std::chrono::microseconds(100), kNow);
  EXPECT_EQ(rig_.pick(*selector), 1);
}

TEST(LatencyTest, JumpsToAPeakForgetsItWithTimeAndNeedsManyFastAnswersToBelieveThem) {
  Latency latency;
  EXPECT_EQ(latency.expected_seconds(kNow), 0);
  latency.observe(std::chrono::milliseconds(10), kNow);
  EXPECT_DOUBLE_EQ(latency.expected_seconds(kNow), 0.010);
  latency.observe(std::chrono::milliseconds(500), kNow);
  EXPECT_DOUBLE_EQ(latency.expected_seconds(kNow), 0.500) << "a peak counts at once";
  latency.observe(std::chrono::milliseconds(10), kNow);
  EXPECT_DOUBLE_EQ(latency.expected_seconds(kNow), 0.500) << "no time has passed";
  EXPECT_NEAR(latency.expected_seconds(kNow + Latency::kMemory), 0.184, 0.001);  // 0.5 / e
  latency.observe(std::chrono::milliseconds(10), kNow + Latency::kMemory);
  EXPECT_NEAR(latency.expected_seconds(kNow + Latency::kMemory), 0.190, 0.001);
}

// first

TEST(First, KeepsTheOrderOfTheConfiguration) {
  Rig rig;
  const auto selector = rig.make(Balance::first, pool_of({1, 200, 1}));
  EXPECT_EQ(rig.letters(*selector, 3), "aaa");
  rig.memory.failures.connect_failed(0, kNow);
  EXPECT_EQ(rig.letters(*selector, 3), "bbb");
}

// source_hash and maglev

class HashingPolicy : public ::testing::TestWithParam<Balance> {
 protected:
  /// Whom each of `keys` clients gets.
  std::vector<std::string> choices(const std::shared_ptr<PoolSnapshot>& pool, int keys) {
    const auto selector = rig_.make(GetParam(), pool);
    std::vector<std::string> names;
    for (int key = 0; key < keys; ++key) {
      const int picked = rig_.pick(*selector, base_key(key));
      names.push_back(pool->members.at(static_cast<std::size_t>(picked)).name);
    }
    return names;
  }
  static std::uint64_t base_key(int key) {
    return std::mt19937_64(static_cast<std::uint64_t>(key))();
  }
  Rig rig_;
};

TEST_P(HashingPolicy, AClientKeepsItsBackendOnEveryReactor) {
  const auto one = choices(pool_of_size(10), 500);
  Rig other;
  const auto selector = other.make(GetParam(), pool_of_size(10), 7);
  for (int key = 0; key < 500; ++key) {
    const auto picked = static_cast<unsigned>(other.pick(*selector, base_key(key)));
    EXPECT_EQ(one[static_cast<std::size_t>(key)], "10.0.0." + std::to_string(picked) + ":80");
  }
}

TEST_P(HashingPolicy, AFailureMovesOnlyTheClientsOfWhoFailed) {
  const auto pool = pool_of_size(10);
  const auto before = choices(pool, 2'000);
  rig_.memory.failures.connect_failed(3, kNow);
  const auto after = choices(pool, 2'000);
  std::map<std::string, int> heirs;
  for (std::size_t key = 0; key < before.size(); ++key) {
    if (before[key] == pool->members[3].name)
      ++heirs[after[key]];
    else
      EXPECT_EQ(before[key], after[key]);
  }
  EXPECT_GE(heirs.size(), 6u) << "its clients are spread over the others";
}

TEST_P(HashingPolicy, AnIneligibleMemberMovesOnlyItsOwnClients) {
  if (GetParam() == Balance::maglev) return;  // its table moves a few more: see below
  const auto pool = pool_of_size(10);
  const auto before = choices(pool, 2'000);
  const auto without = pool_of_size(10);
  without->members[3].effective_weight = 0;  // unhealthy, ejected, or of a tier that rests
  const auto after = choices(without, 2'000);
  for (std::size_t key = 0; key < before.size(); ++key)
    EXPECT_EQ(before[key] == after[key], before[key] != pool->members[3].name);
}

TEST_P(HashingPolicy, ABoundKeepsOneKeyFromFillingOneMember) {
  const auto pool = pool_of_size(10);
  pool->settings.hash_balance_factor = 125;
  const auto selector = rig_.make(GetParam(), pool);
  std::mt19937_64 random(1);
  for (int i = 0; i < 2'000; ++i) {
    const std::uint64_t key = i % 2 == 0 ? 99 : random();  // half of all sessions are one client's
    rig_.sessions[i % 3 == 0][static_cast<SlotNumber>(rig_.pick(*selector, key))].add();
  }
  for (SlotNumber slot = 0; slot < 10; ++slot) {
    const auto sum = rig_.sessions[0][slot].value() + rig_.sessions[1][slot].value();
    EXPECT_LE(sum, 250) << "of a fair share of 200";
  }
}

INSTANTIATE_TEST_SUITE_P(Both, HashingPolicy,
                         ::testing::Values(Balance::source_hash, Balance::maglev));

std::vector<double> table_shares(const MaglevTable& table, std::size_t members) {
  std::vector<double> shares(members, 0);
  for (std::size_t place = 0; place < MaglevTable::kSize; ++place)
    shares[table[place]] += 1.0 / static_cast<double>(MaglevTable::kSize);
  return shares;
}

TEST(MaglevTableTest, EqualMembersHaveEqualShares) {
  for (const unsigned size : {1u, 2u, 3u, 10u, 100u, 1'000u}) {
    const auto pool = pool_of_size(size);
    const auto table = maglev_table_of(pool->members);
    const auto shares = table_shares(*table, size);
    const auto [least, most] = std::minmax_element(shares.begin(), shares.end());
    EXPECT_LE((*most - *least) * size, 0.02) << size << " members: of a fair share";
  }
}

TEST(MaglevTableTest, SharesFollowWeights) {
  const auto pool = pool_of({1, 2, 253});
  const auto shares = table_shares(*maglev_table_of(pool->members), 3);
  EXPECT_NEAR(shares[0] * 256, 1, 0.02);
  EXPECT_NEAR(shares[1] * 256, 2, 0.02);
}

TEST(MaglevTableTest, WhenOneOfNLeavesAtMostItsShareAndFivePercentMove) {
  for (const unsigned size : {3u, 10u, 100u}) {
    auto pool = pool_of_size(size);
    const auto before = maglev_table_of(pool->members);
    const std::string leaver = pool->members[size / 2].name;
    auto rest = std::make_shared<PoolSnapshot>();
    for (const Member& member : pool->members)
      if (member.name != leaver) rest->members.push_back(member);
    const auto after = maglev_table_of(rest->members);
    constexpr int kKeys = 20'000;
    std::mt19937_64 random(7);
    int moved = 0;
    for (int i = 0; i < kKeys; ++i) {
      const std::size_t place = random() % MaglevTable::kSize;
      const auto& one = pool->members[(*before)[place]].name;
      const auto& other = rest->members[(*after)[place]].name;
      moved += one != other ? 1 : 0;
    }
    EXPECT_LE(static_cast<double>(moved) / kKeys, 1.0 / size + 0.05) << size << " members";
  }
}

}  // namespace
}  // namespace weir::balancer
