#pragma once

#include "base/clock.h"

#include <atomic>
#include <cstdint>

namespace weir::metrics {

/// How long something went on, in all. One thread starts and stops it, any thread reads, and what
/// goes on just now counts too. Time is an argument.
///
/// One word tells it all: while stopped, the time so far; while running, that less the moment it
/// was started, which is negative, for nothing ran before the clock did. So each change is one
/// store.
class RunningTime {
 public:
  /// The one writing thread, by turns: it begins stopped.
  [[gnu::always_inline]] void start(base::TimePoint now) noexcept {
    word_.store(word_.load(std::memory_order_relaxed) - ticks(now), std::memory_order_release);
  }
  [[gnu::always_inline]] void stop(base::TimePoint now) noexcept {
    word_.store(word_.load(std::memory_order_relaxed) + ticks(now), std::memory_order_release);
  }

  [[nodiscard]] bool is_running() const noexcept { return run() < 0; }
  /// Tells one run from the others: negative in a run, and in each another number.
  [[nodiscard]] std::int64_t run() const noexcept { return word_.load(std::memory_order_acquire); }

  /// Of one that is started or stopped while it is read, this may go by the moment after `now`.
  [[nodiscard]] base::Duration total(base::TimePoint now) const noexcept {
    const std::int64_t word = run();
    return base::Duration(word < 0 ? word + ticks(now) : word);
  }

 private:
  [[nodiscard]] static std::int64_t ticks(base::TimePoint time) noexcept {
    return time.time_since_epoch().count();
  }

  std::atomic<std::int64_t> word_{0};
};

}  // namespace weir::metrics
