#pragma once

#include "balancer/pool_snapshot.h"
#include "balancer/slot_array.h"
#include "base/clock.h"

#include <cstddef>
#include <optional>

namespace weir::balancer {

/// The backends that did not take this reactor's last connect. A pick puts them behind all others;
/// without it the members that refuse, having no sessions, would be the first choice of
/// least_connections and use up every client's retries. Each keeps its place once in
/// kTrialInterval, one of a pool at a time, so that a backend that is back is found and no pick has
/// more than one candidate of doubt. Owned by a reactor, used on its thread.
class RecentFailures {
 public:
  static constexpr base::Duration kTrialInterval = std::chrono::seconds(1);

  void connect_failed(SlotNumber slot, base::TimePoint now) noexcept;
  void connected(SlotNumber slot) noexcept;

  [[nodiscard]] bool none() const noexcept { return count_ == 0; }
  [[nodiscard]] bool has_failed(SlotNumber slot) const noexcept {
    return count_ > 0 && failed_at_[slot] != kNever;
  }
  /// The member whose turn for a trial it is, if any; its next one is an interval away.
  [[nodiscard]] std::optional<SlotNumber> take_trial(const PoolSnapshot& pool,
                                                     base::TimePoint now) noexcept;

  /// Control thread, before a slot's number is published.
  void grow_to(std::size_t count) { failed_at_.grow_to(count); }

 private:
  static constexpr base::TimePoint kNever{};

  SlotArray<base::TimePoint> failed_at_;  ///< or was tried again at; kNever since a success
  std::size_t count_ = 0;
};

}  // namespace weir::balancer
