#pragma once

#include "balancer/slot_array.h"
#include "base/clock.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>
#include <vector>

namespace weir::balancer {

/// Failures in a row that one reactor's sessions met on one backend. Written by its reactor, read
/// by the control thread, which adds up those of all reactors: see failures_in_a_row.
class Streak {
 public:
  /// `others_success`: when any reactor last had a success; what was before is not in this row.
  void failed(base::TimePoint now, base::TimePoint others_success) noexcept {
    const bool goes_on = failures() > 0 && began() > others_success;
    if (!goes_on) store(began_, now);
    failures_.store(goes_on ? failures() + 1 : 1, std::memory_order_relaxed);
  }
  void succeeded(base::TimePoint now) noexcept {
    failures_.store(0, std::memory_order_relaxed);
    store(succeeded_, now);
  }

  [[nodiscard]] std::uint64_t failures() const noexcept {
    return failures_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] base::TimePoint began() const noexcept { return load(began_); }
  [[nodiscard]] base::TimePoint last_success() const noexcept { return load(succeeded_); }

 private:
  using Shared = std::atomic<base::Duration::rep>;
  static void store(Shared& shared, base::TimePoint time) noexcept {
    shared.store(time.time_since_epoch().count(), std::memory_order_relaxed);
  }
  static base::TimePoint load(const Shared& shared) noexcept {
    return base::TimePoint(base::Duration(shared.load(std::memory_order_relaxed)));
  }

  std::atomic<std::uint64_t> failures_{0};
  Shared began_{0};
  Shared succeeded_{std::numeric_limits<base::Duration::rep>::min()};
};

/// Of one backend, that of each reactor.
using Streaks = std::vector<const SlotArray<Streak>*>;

/// When any reactor last had a success.
inline base::TimePoint last_success(const Streaks& reactors, SlotNumber slot) noexcept {
  base::TimePoint last = base::TimePoint::min();
  for (const auto* streaks : reactors) last = std::max(last, (*streaks)[slot].last_success());
  return last;
}

/// Over all reactors: what began after the last success that any of them had. A reactor that failed
/// long ago and has had no session since does not count against what others see now.
inline std::uint64_t failures_in_a_row(const Streaks& reactors, SlotNumber slot) noexcept {
  const base::TimePoint success = last_success(reactors, slot);
  std::uint64_t failures = 0;
  for (const auto* streaks : reactors)
    if ((*streaks)[slot].began() > success) failures += (*streaks)[slot].failures();
  return failures;
}

}  // namespace weir::balancer
