#pragma once

#include "base/clock.h"

#include <atomic>
#include <cstdint>

namespace weir::metrics {

/// How one thread divides its time between handlers and waiting. That thread says when it enters a
/// handler and when it has left; anyone reads, and what is going on just now counts too, so that a
/// handler which never returns shows as busy and not as idle. Time is an argument.
///
///   idle --entered()--> busy --left()--> idle
///
/// One word tells the phase and all the busy time before: waiting, it is that time; in a handler,
/// that time less the moment it began, which is negative, for nobody has been busy since before the
/// clock began, and the present moment makes it whole. So a change of phase is one plain store.
/// Only the marks of the recent past are behind a sequence lock (Boehm, "Can Seqlocks Get Along
/// With Programming Language Memory Models?", 2012).
class BusyTime {
 public:
  /// The recent share is that of the last one to two of these, as far as somebody marks them.
  static constexpr base::Duration kWindow = std::chrono::seconds(1);

  struct Reading {
    base::Duration busy{0};
    base::Duration idle{0};
    double recent_share = 0;  ///< busy, of the last one to two windows: 0 to 1
  };

  explicit BusyTime(base::TimePoint start = base::Clock::now()) noexcept;

  /// The one writing thread, by turns; it begins waiting.
  [[gnu::always_inline]] void entered(base::TimePoint now) noexcept {
    word_.store(word_.load(std::memory_order_relaxed) - ticks(now), std::memory_order_release);
  }
  [[gnu::always_inline]] void left(base::TimePoint now) noexcept {
    word_.store(word_.load(std::memory_order_relaxed) + ticks(now), std::memory_order_release);
  }
  /// The same thread, now and then, at least once a window: begins another when one is over.
  void mark(base::TimePoint now) noexcept;

  /// Any thread. One whose clock is behind may read a moment less than it did before.
  [[nodiscard]] Reading read(base::TimePoint now) const noexcept;

  /// Negative in a handler, and then another number after each wait.
  [[nodiscard]] std::int64_t phase() const noexcept {
    return word_.load(std::memory_order_acquire);
  }

 private:
  using Rep = base::Duration::rep;
  struct Mark {
    std::atomic<Rep> time{0};
    std::atomic<Rep> busy{0};
  };

  [[nodiscard]] static Rep ticks(base::TimePoint time) noexcept {
    return time.time_since_epoch().count();
  }
  [[nodiscard]] static Rep busy_at(Rep time, Rep word) noexcept {
    return word < 0 ? word + time : word;
  }

  std::atomic<Rep> word_{0};
  const Rep start_;
  std::atomic<std::uint32_t> sequence_{0};  ///< odd while the marks are being moved
  Mark older_, newer_;                      ///< where the last two windows began
};

}  // namespace weir::metrics
