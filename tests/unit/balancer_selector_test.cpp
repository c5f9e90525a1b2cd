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

std::string firsts(Selector& selector, const PoolSnapshot& pool, int picks) {
  std::string order;
  for (int i = 0; i < picks; ++i) order += pool.members[selector.pick()[0].index].name;
  return order;
}

TEST(RoundRobin, InterleavesWeightsSmoothly) {
  const auto pool = pool_of({5, 1, 1});
  RoundRobin selector(pool, 0);
  EXPECT_EQ(firsts(selector, *pool, 7), "aabacaa");
}

TEST(RoundRobin, EveryCycleGivesEachMemberItsWeight) {
  const auto pool = pool_of({3, 7, 2, 8});
  RoundRobin selector(pool, 0);
  for (int cycle = 0; cycle < 5; ++cycle) {
    const std::string order = firsts(selector, *pool, 20);
    EXPECT_EQ(std::count(order.begin(), order.end(), 'a'), 3);
    EXPECT_EQ(std::count(order.begin(), order.end(), 'b'), 7);
    EXPECT_EQ(std::count(order.begin(), order.end(), 'c'), 2);
    EXPECT_EQ(std::count(order.begin(), order.end(), 'd'), 8);
  }
}

TEST(RoundRobin, ReactorsBeginAtDifferentMembers) {
  const auto pool = pool_of({1, 1, 1});
  std::set<std::string> begins;
  for (unsigned reactor = 0; reactor < 3; ++reactor) {
    RoundRobin selector(pool, reactor);
    begins.insert(firsts(selector, *pool, 1));
  }
  EXPECT_EQ(begins.size(), 3u);
}

TEST(RoundRobin, FurtherCandidatesAreOthersAndAreNotCharged) {
  const auto pool = pool_of({1, 1, 1, 1}, 2);
  RoundRobin selector(pool, 0);
  std::map<std::uint32_t, int> first_count;
  for (int i = 0; i < 400; ++i) {
    const Candidates candidates = selector.pick();
    ASSERT_EQ(candidates.size(), 3u);  // the first and two retries
    std::set<std::uint32_t> distinct;
    for (std::size_t rank = 0; rank < 3; ++rank) distinct.insert(candidates[rank].index);
    EXPECT_EQ(distinct.size(), 3u);
    ++first_count[candidates[0].index];
  }
  for (const auto& [index, count] : first_count) EXPECT_EQ(count, 100) << index;
}

TEST(RoundRobin, WeightZeroGetsNothingAndAnEmptyPoolHasNoCandidate) {
  const auto drained = pool_of({0, 1}, 5);
  RoundRobin selector(drained, 0);
  for (int i = 0; i < 10; ++i) {
    const Candidates candidates = selector.pick();
    ASSERT_EQ(candidates.size(), 1u);
    EXPECT_EQ(candidates[0].index, 1u);
  }
  RoundRobin none(pool_of({}), 3);
  EXPECT_EQ(none.pick().size(), 0u);
  RoundRobin all_zero(pool_of({0, 0}), 1);
  EXPECT_EQ(all_zero.pick().size(), 0u);
}

class LeastConnectionsTest : public ::testing::Test {
 protected:
  LeastConnectionsTest() {
    for (auto& reactor : reactors_) {
      reactor.grow_to(8);
      counts_.push_back(&reactor);
    }
  }
  SlotArray<metrics::Gauge> reactors_[2];
  PublishedCounts counts_;
};

TEST_F(LeastConnectionsTest, SumsWhatEveryReactorPublishes) {
  const auto pool = pool_of({1, 1, 1});
  reactors_[0][0].set(1);
  reactors_[1][0].set(4);
  reactors_[0][1].set(4);
  reactors_[1][2].set(3);
  LeastConnections selector(pool, counts_, 0);
  const Candidates candidates = selector.pick();
  EXPECT_EQ(candidates[0].index, 2u);
  EXPECT_EQ(candidates[1].index, 1u);
  EXPECT_EQ(candidates[2].index, 0u);
}

TEST_F(LeastConnectionsTest, WeighsSessionsByWeight) {
  const auto pool = pool_of({1, 4});
  reactors_[0][0].set(1);
  reactors_[0][1].set(6);
  LeastConnections selector(pool, counts_, 0);
  EXPECT_EQ(selector.pick()[0].index, 1u);  // (6 + 1) / 4 is less than (1 + 1) / 1
  reactors_[0][1].set(8);
  EXPECT_EQ(selector.pick()[0].index, 0u);  // (8 + 1) / 4 is more
}

TEST_F(LeastConnectionsTest, EqualOnesGoInRotation) {
  const auto pool = pool_of({1, 1, 1});
  LeastConnections selector(pool, counts_, 1);
  EXPECT_EQ(firsts(selector, *pool, 6), "bcabca");
}

TEST_F(LeastConnectionsTest, TwoReactorsThatCountThemselvesKeepMembersEqual) {
  const auto pool = pool_of({1, 1, 1, 1});
  LeastConnections first(pool, counts_, 0);
  LeastConnections second(pool, counts_, 1);
  for (int i = 0; i < 1'000; ++i) {
    LeastConnections& selector = i % 3 == 0 ? second : first;
    const Candidates candidates = selector.pick();
    reactors_[i % 3 == 0][candidates[0].slot].add();
  }
  for (SlotNumber slot = 0; slot < 4; ++slot)
    EXPECT_EQ(reactors_[0][slot].value() + reactors_[1][slot].value(), 250);
}

TEST_F(LeastConnectionsTest, WeightZeroGetsNothing) {
  LeastConnections selector(pool_of({0, 0, 2}), counts_, 0);
  const Candidates candidates = selector.pick();
  ASSERT_EQ(candidates.size(), 1u);
  EXPECT_EQ(candidates[0].index, 2u);
}

}  // namespace
}  // namespace weir::balancer
