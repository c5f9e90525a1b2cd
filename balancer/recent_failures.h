#pragma once

#include "balancer/slot_array.h"
#include "base/clock.h"

#include <cstddef>

namespace weir::balancer {

/// The backends that did not take this reactor's last connect. A pick puts them behind all others;
/// without it the members that refuse, having no sessions, would be the first choice of
/// least_connections and use up every client's retries. Each is due for a trial once in
/// kTrialInterval, so that a backend that is back is found; a session has at most one trial, its
/// first candidate. Owned by a reactor, used on its thread.
class RecentFailures {
 public:
  static constexpr base::Duration kTrialInterval = std::chrono::seconds(1);

  void connect_failed(SlotNumber slot, base::TimePoint now) noexcept;
  void connected(SlotNumber slot) noexcept;

  [[nodiscard]] bool none() const noexcept { return count_ == 0; }
  [[nodiscard]] bool has_failed(SlotNumber slot) const noexcept {
    return count_ > 0 && failed_at_[slot] != kNever;
  }
  /// Its last failure, or trial, is an interval ago. Of one that has failed.
  [[nodiscard]] bool is_due(SlotNumber slot, base::TimePoint now) const noexcept {
    return now - failed_at_[slot] >= kTrialInterval;
  }
  /// Its last failure or trial.
  [[nodiscard]] base::TimePoint since(SlotNumber slot) const noexcept { return failed_at_[slot]; }
  /// It gets a trial now; its next one is an interval away.
  void begin_trial(SlotNumber slot, base::TimePoint now) noexcept { failed_at_[slot] = now; }

  /// Control thread, before a slot's number is published.
  void grow_to(std::size_t count) { failed_at_.grow_to(count); }

 private:
  static constexpr base::TimePoint kNever{};

  SlotArray<base::TimePoint> failed_at_;  ///< or was tried again at; kNever since a success
  std::size_t count_ = 0;
};

}  // namespace weir::balancer
