#pragma once

#include "balancer/selector.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace weir::balancer {

/// Orders what a policy knows of its members into candidates. Owned by a selector, so that a pick
/// allocates nothing. An entry has the `index` of its member.
template <typename Entry>
class Ranking {
 public:
  /// At most `entries` are ranked at a time.
  explicit Ranking(std::size_t entries) { others_.reserve(entries); }

  /// The chosen one, then as many of the others as may be retried, as `better(a, b)` orders them.
  template <typename Better>
  Candidates candidates(const PoolSnapshot& pool, const std::vector<Entry>& entries,
                        const Entry& chosen, Better better) {
    others_.clear();
    for (const Entry& entry : entries)
      if (&entry != &chosen) others_.push_back(&entry);
    const std::size_t wanted =
        std::min<std::size_t>({others_.size(), Candidates::kMax - 1, pool.settings.retries});
    std::partial_sort(others_.begin(), others_.begin() + static_cast<std::ptrdiff_t>(wanted),
                      others_.end(),
                      [&](const Entry* a, const Entry* b) { return better(*a, *b); });
    Candidates ranked;
    ranked.add(chosen.index, pool.members[chosen.index].slot);
    for (std::size_t rank = 0; rank < wanted; ++rank)
      ranked.add(others_[rank]->index, pool.members[others_[rank]->index].slot);
    return ranked;
  }

 private:
  std::vector<const Entry*> others_;
};

}  // namespace weir::balancer
