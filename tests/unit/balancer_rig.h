#pragma once

#include "balancer/selector.h"

#include <array>
#include <memory>
#include <string>
#include <vector>

/// What the tests of policies share: pools of members a, b, c ..., and two reactors' published
/// counts that a test sets as it likes.
namespace weir::balancer {

constexpr base::TimePoint kNow{std::chrono::seconds(1000)};

inline std::shared_ptr<PoolSnapshot> pool_of(const std::vector<unsigned>& weights) {
  auto pool = std::make_shared<PoolSnapshot>();
  for (unsigned i = 0; i < weights.size(); ++i)
    pool->members.push_back(
        {i, std::string(1, static_cast<char>('a' + i)), {}, weights[i], weights[i]});
  return pool;
}

inline std::shared_ptr<PoolSnapshot> pool_of_size(unsigned size) {
  auto pool = std::make_shared<PoolSnapshot>();
  for (unsigned i = 0; i < size; ++i)
    pool->members.push_back({i, "10.0.0." + std::to_string(i) + ":80", {}, 1, 1});
  return pool;
}

class Rig {
 public:
  static constexpr std::size_t kSlots = 2048;

  Rig() {
    for (std::size_t i = 0; i < sessions.size(); ++i) {
      sessions[i].grow_to(kSlots);
      latencies[i].grow_to(kSlots);
      published.sessions.push_back(&sessions[i]);
      published.latencies.push_back(&latencies[i]);
    }
    memory.grow_to(kSlots);
  }

  std::unique_ptr<Selector> make(config::Balance balance, std::shared_ptr<PoolSnapshot> pool,
                                 unsigned rotation = 0) {
    pool->settings.balance = balance;
    pool->maglev = maglev_table_of(pool->members);
    return make_selector(std::move(pool), published, memory, rotation);
  }
  /// Index of the member; -1 when there is none.
  int pick(Selector& selector, std::uint64_t key = 0, const Tried& tried = {},
           base::TimePoint now = kNow) {
    const auto picked = selector.pick({now, key, tried});
    return picked ? static_cast<int>(*picked) : -1;
  }
  std::string letters(Selector& selector, int picks) {
    std::string order;
    for (int i = 0; i < picks; ++i) order += static_cast<char>('a' + pick(selector));
    return order;
  }
  /// How often each of `members` is picked; each session ends before the next comes.
  std::vector<int> shares(Selector& selector, std::size_t members, int picks) {
    std::vector<int> counts(members, 0);
    for (int i = 0; i < picks; ++i)
      ++counts.at(static_cast<std::size_t>(pick(selector, static_cast<std::uint64_t>(i) * 7919)));
    return counts;
  }

  std::array<SlotArray<metrics::Gauge>, 2> sessions;
  std::array<SlotArray<Latency>, 2> latencies;
  Published published;
  PickMemory memory{42};
};

}  // namespace weir::balancer
