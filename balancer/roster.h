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
    std::uint32_t limit;   ///< of its sessions; 0: none
  };

  Roster(std::shared_ptr<const PoolSnapshot> pool, RecentFailures& failures)
      : pool_(std::move(pool)), failures_(failures) {
    for (std::uint32_t index = 0; index < pool_->members.size(); ++index) {
      const Member& member = pool_->members[index];
      if (member.effective_weight > 0)
        entries_.push_back({index, member.slot, member.effective_weight, member.max_connections});
    }
  }

  [[nodiscard]] const PoolSnapshot& pool() const noexcept { return *pool_; }
  [[nodiscard]] const std::vector<Entry>& entries() const noexcept { return entries_; }
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] const Entry& operator[](std::size_t place) const noexcept {
    return entries_[place];
  }

  /// Who is tried when a member that failed is due for a trial.
  enum class Trials : std::uint8_t {
    at_once,  ///< that member, whatever the policy would have said
    in_turn,  ///< whom the policy names, which may now be that member
  };

  /// The member at the place that `policy(accepts)` names. A policy gets a predicate over places
  /// and answers with one that it accepts, or with none when it accepts none. It is asked once, and
  /// once more when only members are left that failed lately.
  template <typename Policy>
  std::optional<std::uint32_t> pick(const PickRequest& request, Policy policy,
                                    Trials trials = Trials::at_once) {
    const std::optional<std::size_t> place = choose(request, policy, trials);
    if (!place) return {};
    const Entry& chosen = entries_[*place];
    if (failures_.has_failed(chosen.slot)) failures_.begin_trial(chosen.slot, request.now);
    return chosen.index;
  }

 private:
  template <typename Policy>
  std::optional<std::size_t> choose(const PickRequest& request, Policy& policy, Trials trials) {
    if (entries_.empty()) return {};
    const bool may_try = request.tried.empty();
    if (may_try && failures_.none() && request.occupancies == nullptr)
      return policy([](std::size_t) { return true; });
    const auto is_left = [&](std::size_t place) {
      return !request.tried.contains(entries_[place].slot) && has_room(entries_[place], request);
    };
    if (may_try && trials == Trials::at_once)
      if (const std::optional<std::size_t> due = longest_due(request.now, is_left)) return due;
    const auto is_sound = [&](std::size_t place) {
      const SlotNumber slot = entries_[place].slot;
      if (!is_left(place)) return false;
      return !failures_.has_failed(slot) || (may_try && failures_.is_due(slot, request.now));
    };
    const std::optional<std::size_t> sound = policy(is_sound);
    return sound ? sound : policy(is_left);
  }

  static bool has_room(const Entry& entry, const PickRequest& request) noexcept {
    if (entry.limit == 0 || request.occupancies == nullptr) return true;
    return (*request.occupancies)[entry.slot].taken() < entry.limit;
  }

  template <typename Accepts>
  [[nodiscard]] std::optional<std::size_t> longest_due(base::TimePoint now, Accepts accepts) const {
    std::optional<std::size_t> longest;
    for (std::size_t place = 0; place < entries_.size(); ++place) {
      const SlotNumber slot = entries_[place].slot;
      if (!failures_.has_failed(slot) || !failures_.is_due(slot, now)) continue;
      if (!accepts(place)) continue;
      if (!longest || failures_.since(slot) < failures_.since(entries_[*longest].slot))
        longest = place;
    }
    return longest;
  }

  std::shared_ptr<const PoolSnapshot> pool_;
  RecentFailures& failures_;
  std::vector<Entry> entries_;
};

}  // namespace weir::balancer
