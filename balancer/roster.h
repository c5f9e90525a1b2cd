#pragma once

#include "balancer/pick.h"
#include "balancer/pool_snapshot.h"
#include "balancer/recent_failures.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace weir::balancer {

/// The members of a snapshot that a policy chooses from, in the snapshot's order, and the rules
/// that hold whatever the policy: none twice, and who failed lately comes last. Part of a selector.
class Roster {
 public:
  struct Entry {
    std::uint32_t index;  ///< of the member
    SlotNumber slot;
    std::uint32_t weight;  ///< its effective one, above 0
  };

  Roster(std::shared_ptr<const PoolSnapshot> pool, RecentFailures& failures)
      : pool_(std::move(pool)), failures_(failures) {
    for (std::uint32_t index = 0; index < pool_->members.size(); ++index) {
      const Member& member = pool_->members[index];
      if (member.effective_weight > 0)
        entries_.push_back({index, member.slot, member.effective_weight});
    }
  }

  [[nodiscard]] const PoolSnapshot& pool() const noexcept { return *pool_; }
  [[nodiscard]] const std::vector<Entry>& entries() const noexcept { return entries_; }
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] const Entry& operator[](std::size_t place) const noexcept {
    return entries_[place];
  }

  /// The member at the place that `policy(accepts)` names. A policy gets a predicate over places
  /// and answers with one that it accepts, or with none when it accepts none. It is asked once, and
  /// once more when only members are left that failed lately.
  template <typename Policy>
  std::optional<std::uint32_t> pick(const PickRequest& request, Policy policy) {
    std::optional<std::size_t> place = choose(request, policy);
    if (!place) return {};
    return entries_[*place].index;
  }

 private:
  template <typename Policy>
  std::optional<std::size_t> choose(const PickRequest& request, Policy& policy) {
    if (entries_.empty()) return {};
    if (request.tried.empty() && failures_.none()) return policy([](std::size_t) { return true; });
    const auto trial =
        request.tried.empty() ? failures_.take_trial(*pool_, request.now) : std::nullopt;
    const auto is_left = [&](std::size_t place) {
      return !request.tried.contains(entries_[place].slot);
    };
    const auto is_sound = [&](std::size_t place) {
      const SlotNumber slot = entries_[place].slot;
      return is_left(place) && (!failures_.has_failed(slot) || slot == trial);
    };
    const std::optional<std::size_t> sound = policy(is_sound);
    return sound ? sound : policy(is_left);
  }

  std::shared_ptr<const PoolSnapshot> pool_;
  RecentFailures& failures_;
  std::vector<Entry> entries_;
};

}  // namespace weir::balancer
