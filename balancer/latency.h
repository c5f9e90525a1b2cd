#pragma once

#include "base/clock.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>

namespace weir::balancer {

/// How long one backend lets one reactor's sessions wait: an average that jumps to every peak and
/// forgets with time, so that a backend which slows down is seen by its first slow answer. Source:
/// Twitter's Finagle, PeakEwma.scala. Written by its reactor, read from anywhere; a reader may see
/// a value with the time of the one before, which is as good.
class Latency {
 public:
  /// After this much time what was seen weighs 1/e.
  static constexpr base::Duration kMemory = std::chrono::seconds(10);

  void observe(base::Duration took, base::TimePoint now) noexcept {
    const double seen = seconds(took);
    const double kept = share_left(now);
    const double before = seconds_.load(std::memory_order_relaxed);
    const double after = seen >= before * kept ? seen : before * kept + seen * (1 - kept);
    seconds_.store(std::max(after, kLeast), std::memory_order_relaxed);
    seen_at_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
  }

  /// What to expect now, in seconds; 0 when nothing is known (any more).
  [[nodiscard]] double expected_seconds(base::TimePoint now) const noexcept {
    const double before = seconds_.load(std::memory_order_relaxed);
    return before == 0 ? 0 : before * share_left(now);
  }

 private:
  static constexpr double kLeast = 1e-9;  ///< something is known, however fast it was

  static double seconds(base::Duration duration) noexcept {
    return std::chrono::duration<double>(duration).count();
  }
  [[nodiscard]] double share_left(base::TimePoint now) const noexcept {
    const base::TimePoint then{base::Duration(seen_at_.load(std::memory_order_relaxed))};
    return now <= then ? 1 : std::exp(-seconds(now - then) / seconds(kMemory));
  }

  std::atomic<double> seconds_{0};
  std::atomic<base::Duration::rep> seen_at_{0};
};

}  // namespace weir::balancer
