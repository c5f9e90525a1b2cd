#pragma once

#include "balancer/published.h"
#include "balancer/roster.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace weir::balancer {

/// The sessions of a roster's entries, each summed over what every reactor publishes. A session
/// counts from its pick on, so a burst does not herd onto one member. Slots lie side by side in
/// chunks, so a sum of all reads each reactor's counts in one go. Part of a selector.
class SessionCounts {
 public:
  SessionCounts(const Roster& roster, const Published& published);

  /// Of the entry at that place.
  [[nodiscard]] std::int64_t of(std::size_t place) const noexcept;
  /// Of all entries, in the roster's order.
  [[nodiscard]] std::span<const std::int64_t> sum() noexcept;

 private:
  /// Entries next to each other whose slots are so too, within one chunk.
  struct Run {
    std::size_t place;
    std::size_t count;
  };

  void fetch() const noexcept;

  std::size_t reactors_;
  std::vector<Run> runs_;
  std::vector<const metrics::Gauge*> firsts_;    ///< of each run, reactor after reactor
  std::vector<const metrics::Gauge*> counters_;  ///< of each entry, one for each reactor
  std::vector<std::int64_t> sums_;
};

}  // namespace weir::balancer
