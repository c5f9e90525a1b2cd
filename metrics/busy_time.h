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
/// that time less the moment it began, which is negative, and the present moment makes it whole. So
/// a change of phase is two plain stores. Only the marks of the recent past, which move once a
/// window, are behind a sequence lock (Boehm, "Can Seqlocks Get Along With Programming Language
/// Memory Models?", 2012).
class BusyTime {
 public:
  /// The recent share is that of the last one to two of these.
  static constexpr base::Duration kWindow = std::chrono::seconds(1);

  struct Reading {
    base::Duration busy{0};
    base::Duration idle{0};
    double recent_share = 0;  ///< busy, of the last one to two windows: 0 to 1
  };

  explicit BusyTime(base::TimePoint start = base::Clock::now()) noexcept;

  /// The one writing thread. Entering twice is entering once.
  [[gnu::always_inline]] void entered(base::TimePoint now) noexcept {
    const Rep word = word_.load(std::memory_order_relaxed);
    if (is_in_handler(word)) return;
    const Rep time = now.time_since_epoch().count();
    since_.store(time, std::memory_order_relaxed);
    word_.store(word - time - 1, std::memory_order_release);
  }

  /// How long it was in there; zero when it was not.
  [[gnu::always_inline]] base::Duration left(base::TimePoint now) noexcept {
    const Rep word = word_.load(std::memory_order_relaxed);
    if (!is_in_handler(word)) return base::Duration::zero();
    const Rep time = now.time_since_epoch().count();
    const base::Duration lasted(time - since_.load(std::memory_order_relaxed));
    const Rep busy = busy_at(time, word);
    since_.store(time, std::memory_order_relaxed);
    word_.store(busy, std::memory_order_release);
    if (time - newer_.time.load(std::memory_order_relaxed) >= kWindow.count()) mark(time, busy);
    return lasted;
  }

  /// Any thread.
  [[nodiscard]] Reading read(base::TimePoint now) const noexcept;

 private:
  using Rep = base::Duration::rep;
  struct Mark {
    std::atomic<Rep> time{0};
    std::atomic<Rep> busy{0};
  };
  /// What a reader copies out between two looks at the sequence.
  struct State {
    Rep word, since, mark_time, mark_busy;
  };

  [[nodiscard]] static bool is_in_handler(Rep word) noexcept { return word < 0; }
  /// The one more keeps a word negative that no busy time went before, at the clock's very begin.
  [[nodiscard]] static Rep busy_at(Rep time, Rep word) noexcept {
    return is_in_handler(word) ? word + time + 1 : word;
  }
  void mark(Rep time, Rep busy) noexcept;
  [[nodiscard]] State state() const noexcept;

  std::atomic<Rep> word_{0};
  std::atomic<Rep> since_;  ///< when the present phase began
  const Rep start_;
  std::atomic<std::uint32_t> sequence_{0};  ///< odd while the marks are being moved
  Mark older_, newer_;                      ///< where the last two windows began
};

}  // namespace weir::metrics
