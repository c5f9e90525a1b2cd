#pragma once

#include "base/clock.h"
#include "metrics/running_time.h"

#include <atomic>
#include <cstdint>

namespace weir::metrics {

/// How one thread divides its time between handlers and waiting. That thread says when it enters a
/// handler and when it has left; anyone reads, and what is going on just now counts too, so that a
/// handler which never returns shows as busy and not as idle. Time is an argument.
///
///   idle --entered()--> busy --left()--> idle
///
/// Only the marks of the recent past are behind a sequence lock (Boehm, "Can Seqlocks Get Along
/// With Programming Language Memory Models?", 2012).
class BusyTime {
 public:
  /// The recent share is that of the last one to two of these, as far as somebody marks them.
  static constexpr base::Duration kWindow = std::chrono::seconds(1);

  struct Reading {
    base::Duration busy{0};
    base::Duration idle{0};
    double recent_share = 0;  ///< busy, of about the last one to two windows: 0 to 1
  };

  explicit BusyTime(base::TimePoint start = base::Clock::now()) noexcept;

  /// The one writing thread, by turns: it begins waiting, and enters first.
  [[gnu::always_inline]] void entered(base::TimePoint now) noexcept { busy_.start(now); }
  [[gnu::always_inline]] void left(base::TimePoint now) noexcept { busy_.stop(now); }
  /// The same thread, now and then, at least once a window: begins another when one is over, or
  /// nearly, for who comes once a window comes a little early at times.
  void mark(base::TimePoint now) noexcept;

  /// Any thread. One that is kept from its CPU after it looked at its clock may read a moment less
  /// than it did before.
  [[nodiscard]] Reading read(base::TimePoint now) const noexcept;

  /// Tells one spell of handlers between two waits from the others: negative in one, and in each
  /// another number.
  [[nodiscard]] std::int64_t spell() const noexcept { return busy_.run(); }

 private:
  struct Mark {
    std::atomic<base::TimePoint> time{};
    std::atomic<base::Duration> busy{};
  };

  RunningTime busy_;
  const base::TimePoint start_;
  std::atomic<std::uint32_t> sequence_{0};  ///< odd while the marks are being moved
  Mark older_, newer_;                      ///< where the last two windows began
};

}  // namespace weir::metrics
