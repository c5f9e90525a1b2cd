#pragma once

#include "balancer/pick_memory.h"
#include "balancer/roster.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace weir::balancer {

/// Smooth weighted round robin over a roster: each turn adds every member's weight to its credit,
/// takes the member with the highest credit and charges it the sum of weights, so that weights
/// 5, 1, 1 give a a b a c a a and not a a a a a b c. Source: nginx,
/// ngx_stream_upstream_round_robin.c (commit 52327e0627, 2012). Credits live by slot in the
/// reactor's memory, so a new snapshot does not begin the round anew. Part of a selector.
class Credits {
 public:
  /// As if `rotation` members had had their turn already.
  Credits(const Roster& roster, PickMemory& memory, unsigned rotation);
  /// Puts the credits into the memory, for the next selector of this pool.
  void leave() const noexcept;

  /// Whose turn it is, among the entries for which `takes_part(place)` holds.
  template <typename TakesPart>
  std::optional<std::size_t> charge(TakesPart takes_part) noexcept {
    const std::size_t count = credits_.size();
    const Roster::Entry* const entries = roster_.entries().data();
    std::int64_t* const credits = credits_.data();
    std::size_t best = count;
    std::int64_t best_credit = std::numeric_limits<std::int64_t>::min();
    std::int64_t weight_sum = 0;
    for (std::size_t place = 0; place < count; ++place) {
      if (!takes_part(place)) continue;
      const std::int64_t weight = entries[place].weight;
      weight_sum += weight;
      const std::int64_t credit = credits[place] += weight;
      const bool is_better = credit > best_credit;  // no branch: it would be guessed wrong
      best = is_better ? place : best;
      best_credit = is_better ? credit : best_credit;
    }
    if (best == count) return {};
    credits[best] -= weight_sum;
    return best;
  }

 private:
  const Roster& roster_;
  PickMemory& memory_;
  std::vector<std::int64_t> credits_;  ///< of each entry
};

}  // namespace weir::balancer
