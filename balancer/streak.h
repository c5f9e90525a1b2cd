#pragma once

#include "base/clock.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>

namespace weir::balancer {

/// Failures in a row that one reactor's sessions met on one backend. Written by its reactor, read
/// by the control thread, which adds up those of all reactors: see failures_in_a_row.
class Streak {
 public:
  void failed(base::TimePoint now) noexcept {
    if (failures_.load(std::memory_order_relaxed) == 0) store(began_, now);
    failures_.store(failures_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
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

/// Over all reactors: what began after the last success that any of them had. A reactor that failed
/// long ago and has had no session since does not count against what others see now.
template <typename Streaks>
std::uint64_t failures_in_a_row(const Streaks& streaks) noexcept {
  base::TimePoint last_success = base::TimePoint::min();
  for (const Streak* streak : streaks)
    last_success = std::max(last_success, streak->last_success());
  std::uint64_t failures = 0;
  for (const Streak* streak : streaks)
    if (streak->began() > last_success) failures += streak->failures();
  return failures;
}

}  // namespace weir::balancer
