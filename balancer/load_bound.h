#pragma once

#include "balancer/roster.h"
#include "balancer/session_counts.h"

#include <cstdint>
#include <optional>

namespace weir::balancer {

/// Keeps a popular key from filling one member: with `hash_balance_factor = F` a member takes no
/// session that would bring it above F percent of its share of all, and the key goes to its next
/// one. Source: Mirrokni, Thorup, Zadimoghaddam, "Consistent Hashing with Bounded Loads" (2016);
/// HAProxy's `hash-balance-factor`. Reads every count when it is on, none when it is off. Part of a
/// selector.
class LoadBound {
 public:
  LoadBound(const Roster& roster, const Published& published)
      : roster_(roster), percent_(roster.pool().settings.hash_balance_factor) {
    if (percent_ > 0) counts_.emplace(roster, published);
    for (const Roster::Entry& entry : roster.entries()) weight_sum_ += entry.weight;
  }

  /// Before the places of one pick are asked for.
  void begin() noexcept {
    if (!counts_) return;
    sessions_ = counts_->sum();
    total_ = 1;
    for (const std::int64_t sessions : sessions_) total_ += sessions;
  }
  /// There is always a member that has room, though perhaps none that may be picked.
  [[nodiscard]] bool has_room(std::size_t place) const noexcept {
    if (!counts_) return true;
    const std::int64_t share = total_ * roster_[place].weight * percent_;
    const std::int64_t whole = weight_sum_ * 100;
    return sessions_[place] < (share + whole - 1) / whole;
  }

 private:
  const Roster& roster_;
  std::optional<SessionCounts> counts_;  ///< while there is a bound
  std::int64_t percent_;
  std::int64_t weight_sum_ = 0;
  std::span<const std::int64_t> sessions_;
  std::int64_t total_ = 1;
};

}  // namespace weir::balancer
