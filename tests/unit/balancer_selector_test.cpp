#include "balancer/least_connections.h"
#include "balancer/round_robin.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace weir::balancer {
namespace {

std::shared_ptr<PoolSnapshot> pool_of(std::vector<unsigned> weights, unsigned retries = 2) {
  auto pool = std::make_shared<PoolSnapshot>();
  pool->settings.retries = retries;
  for (unsigned i = 0; i < weights.size(); ++i)
    pool->members.push_back({i, std::string(1, static_cast<char>('a' + i)), {}, weights[i]});
  return pool;
}

constexpr base::TimePoint kNow{std::chrono::seconds(1000)};

std::string firsts(Selector& selector, const PoolSnapshot& pool, int picks) {
  std::string order;
  for (int i = 0; i < picks; ++i) order += pool.members[selector.pick(kNow)[0].index].name;
  return order;
}

class RoundRobinTest : public ::testing::Test {
 protected:
  RoundRobinTest() { failures_.grow_to(8); }
  RecentFailures failures_;
};

TEST_F(RoundRobinTest, InterleavesWeightsSmoothly) {
  const auto pool = pool_of({5, 1, 1});
  RoundRobin selector(pool, failures_, 0);
  EXPECT_EQ(firsts(selector, *pool, 7), "aabacaa");
}

TEST_F(RoundRobinTest, EveryCycleGivesEachMemberItsWeight) {
  const auto pool = pool_of({3, 7, 2, 8});
  RoundRobin selector(pool, failures_, 0);
  for (int cycle = 0; cycle < 5; ++cycle) {
    const std::string order = firsts(selector, *pool, 20);
    EXPECT_EQ(std::count(order.begin(), order.end(), 'a'), 3);
    EXPECT_EQ(std::count(order.begin(), order.end(), 'b'), 7);
    EXPECT_EQ(std::count(order.begin(), order.end(), 'c'), 2);
    EXPECT_EQ(std::count(order.begin(), order.end(), 'd'), 8);
  }
}

TEST_F(RoundRobinTest, ReactorsBeginAtDifferentMembers) {
  const auto pool = pool_of({1, 1, 1});
  std::set<std::string> begins;
  for (unsigned reactor = 0; reactor < 3; ++reactor) {
    RoundRobin selector(pool, failures_, reactor);
    begins.insert(firsts(selector, *pool, 1));
  }
  EXPECT_EQ(begins.size(), 3u);
}

TEST_F(RoundRobinTest, FurtherCandidatesAreOthersAndAreNotCharged) {
  const auto pool = pool_of({1, 1, 1, 1}, 2);
  RoundRobin selector(pool, failures_, 0);
  std::map<std::uint32_t, int> first_count;
  for (int i = 0; i < 400; ++i) {
    const Candidates candidates = selector.pick(kNow);
    ASSERT_EQ(candidates.size(), 3u);  // the first and two retries
    std::set<std::uint32_t> distinct;
    for (std::size_t rank = 0; rank < 3; ++rank) distinct.insert(candidates[rank].index);
    EXPECT_EQ(distinct.size(), 3u);
    ++first_count[candidates[0].index];
  }
  for (const auto& [index, count] : first_count) EXPECT_EQ(count, 100) << index;
}

TEST_F(RoundRobinTest, WeightZeroGetsNothingAndAnEmptyPoolHasNoCandidate) {
  const auto drained = pool_of({0, 1}, 5);
  RoundRobin selector(drained, failures_, 0);
  for (int i = 0; i < 10; ++i) {
    const Candidates candidates = selector.pick(kNow);
    ASSERT_EQ(candidates.size(), 1u);
    EXPECT_EQ(candidates[0].index, 1u);
  }
  RoundRobin none(pool_of({}), failures_, 3);
  EXPECT_EQ(none.pick(kNow).size(), 0u);
  RoundRobin all_zero(pool_of({0, 0}), failures_, 1);
  EXPECT_EQ(all_zero.pick(kNow).size(), 0u);
}

TEST_F(RoundRobinTest, MembersThatFailedLatelyComeLastAndTheOthersShareEvenly) {
  const auto pool = pool_of({1, 1, 1, 1}, 3);
  RoundRobin selector(pool, failures_, 0);
  failures_.connect_failed(1, kNow);
  std::map<std::uint32_t, int> first_count;
  for (int i = 0; i < 300; ++i) {
    const Candidates candidates = selector.pick(kNow);
    ++first_count[candidates[0].index];
    EXPECT_EQ(candidates[3].index, 1u);
  }
  EXPECT_EQ(first_count, (std::map<std::uint32_t, int>{{0, 100}, {2, 100}, {3, 100}}));
}

TEST_F(RoundRobinTest, WhenAllHaveFailedAllAreTried) {
  const auto pool = pool_of({1, 1, 1});
  RoundRobin selector(pool, failures_, 0);
  for (SlotNumber slot = 0; slot < 3; ++slot) failures_.connect_failed(slot, kNow);
  EXPECT_EQ(firsts(selector, *pool, 6), "abcabc");
}

class LeastConnectionsTest : public ::testing::Test {
 protected:
  LeastConnectionsTest() {
    failures_.grow_to(8);
    for (auto& reactor : reactors_) {
      reactor.grow_to(8);
      counts_.push_back(&reactor);
    }
  }
  SlotArray<metrics::Gauge> reactors_[2];
  PublishedCounts counts_;
  RecentFailures failures_;
};

TEST_F(LeastConnectionsTest, SumsWhatEveryReactorPublishes) {
  const auto pool = pool_of({1, 1, 1});
  reactors_[0][0].set(1);
  reactors_[1][0].set(4);
  reactors_[0][1].set(4);
  reactors_[1][2].set(3);
  LeastConnections selector(pool, counts_, failures_, 0);
  const Candidates candidates = selector.pick(kNow);
  EXPECT_EQ(candidates[0].index, 2u);
  EXPECT_EQ(candidates[1].index, 1u);
  EXPECT_EQ(candidates[2].index, 0u);
}

TEST_F(LeastConnectionsTest, WeighsSessionsByWeight) {
  const auto pool = pool_of({1, 4});
  reactors_[0][0].set(1);
  reactors_[0][1].set(6);
  LeastConnections selector(pool, counts_, failures_, 0);
  EXPECT_EQ(selector.pick(kNow)[0].index, 1u);  // (6 + 1) / 4 is less than (1 + 1) / 1
  reactors_[0][1].set(8);
  EXPECT_EQ(selector.pick(kNow)[0].index, 0u);  // (8 + 1) / 4 is more
}

TEST_F(LeastConnectionsTest, EqualOnesGoInRotation) {
  const auto pool = pool_of({1, 1, 1});
  LeastConnections selector(pool, counts_, failures_, 1);
  EXPECT_EQ(firsts(selector, *pool, 6), "bcabca");
}

TEST_F(LeastConnectionsTest, SessionsThatComeOneAtATimeAreSharedByWeight) {
  const auto pool = pool_of({1, 2, 1});
  LeastConnections selector(pool, counts_, failures_, 0);
  const std::string order = firsts(selector, *pool, 24);  // each has ended before the next comes
  EXPECT_EQ(std::count(order.begin(), order.end(), 'a'), 6);
  EXPECT_EQ(std::count(order.begin(), order.end(), 'b'), 12);
  EXPECT_EQ(std::count(order.begin(), order.end(), 'c'), 6);
}

TEST_F(LeastConnectionsTest, SessionsThatStayAreSharedByWeight) {
  const auto pool = pool_of({1, 2, 5});
  LeastConnections selector(pool, counts_, failures_, 0);
  for (int i = 0; i < 800; ++i) reactors_[0][selector.pick(kNow)[0].slot].add();
  EXPECT_NEAR(static_cast<double>(reactors_[0][0].value()), 100, 2);
  EXPECT_NEAR(static_cast<double>(reactors_[0][1].value()), 200, 2);
  EXPECT_NEAR(static_cast<double>(reactors_[0][2].value()), 500, 2);
}

TEST_F(LeastConnectionsTest, TwoReactorsThatCountThemselvesKeepMembersEqual) {
  const auto pool = pool_of({1, 1, 1, 1});
  LeastConnections first(pool, counts_, failures_, 0);
  LeastConnections second(pool, counts_, failures_, 1);
  for (int i = 0; i < 1'000; ++i) {
    LeastConnections& selector = i % 3 == 0 ? second : first;
    const Candidates candidates = selector.pick(kNow);
    reactors_[i % 3 == 0][candidates[0].slot].add();
  }
  for (SlotNumber slot = 0; slot < 4; ++slot)
    EXPECT_EQ(reactors_[0][slot].value() + reactors_[1][slot].value(), 250);
}

TEST_F(LeastConnectionsTest, MembersThatRefuseDoNotUseUpTheRetriesOfEverybody) {
  const auto pool = pool_of({1, 1, 1, 1, 1}, 2);
  LeastConnections selector(pool, counts_, failures_, 0);
  reactors_[0][4].set(100);  // the only one that lives, and so the most loaded
  for (SlotNumber dead = 0; dead < 4; ++dead) failures_.connect_failed(dead, kNow);
  EXPECT_EQ(selector.pick(kNow)[0].index, 4u);

  // Later each is tried again, one at a time, and the pick's second candidate is sound.
  const base::TimePoint later = kNow + RecentFailures::kTrialInterval;
  std::set<std::uint32_t> tried;
  for (int i = 0; i < 4; ++i) {
    const Candidates candidates = selector.pick(later);
    tried.insert(candidates[0].index);
    EXPECT_EQ(candidates[1].index, 4u);
  }
  EXPECT_EQ(tried, (std::set<std::uint32_t>{0, 1, 2, 3}));
  EXPECT_EQ(selector.pick(later)[0].index, 4u) << "each had its trial of this second";

  failures_.connected(2);
  EXPECT_EQ(selector.pick(later)[0].index, 2u) << "it is back, and has no sessions";
}

TEST_F(LeastConnectionsTest, WeightZeroGetsNothing) {
  LeastConnections selector(pool_of({0, 0, 2}), counts_, failures_, 0);
  const Candidates candidates = selector.pick(kNow);
  ASSERT_EQ(candidates.size(), 1u);
  EXPECT_EQ(candidates[0].index, 2u);
}

}  // namespace
}  // namespace weir::balancer
