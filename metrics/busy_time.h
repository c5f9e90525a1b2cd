#pragma once

#include "base/clock.h"

#include <atomic>
#include <cstdint>

namespace weir::metrics {

/// How one thread divides its time between handlers and waiting. That thread says when it enters a
/// handler and when it has left; anyone reads, and what is going on just now counts too, so that a
/// handler which never returns shows as busy and not as idle. A sequence lock: the writer never
/// waits, a reader tries again when it fell between two writes (Boehm, "Can Seqlocks Get Along With
/// Programming Language Memory Models?", 2012). Time is an argument.
///
///   idle --entered()--> busy --left()--> idle
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
  void entered(base::TimePoint now) noexcept;
  /// How long it was in there; zero when it was not.
  base::Duration left(base::TimePoint now) noexcept;

  /// Any thread.
  [[nodiscard]] Reading read(base::TimePoint now) const noexcept;

 private:
  /// Plain for the writer, atomic for the readers who may come in the middle of a write.
  template <typename T>
  class Shared {
   public:
    void set(T value) noexcept { value_.store(value, std::memory_order_relaxed); }
    [[nodiscard]] T get() const noexcept { return value_.load(std::memory_order_relaxed); }

   private:
    std::atomic<T> value_{};
  };
  struct Mark {
    Shared<base::Duration::rep> time, busy;
  };
  /// What a reader copies out between two looks at the sequence.
  struct State {
    bool in_handler;
    base::Duration::rep since, busy, idle, mark_time, mark_busy;
  };

  void change_phase(bool in_handler, base::TimePoint now) noexcept;
  [[nodiscard]] State state() const noexcept;

  std::atomic<std::uint32_t> sequence_{0};  ///< odd while a write is going on
  Shared<bool> in_handler_;
  Shared<base::Duration::rep> since_;  ///< when the present phase began
  Shared<base::Duration::rep> busy_, idle_;
  Mark older_, newer_;  ///< where the last two windows began
};

}  // namespace weir::metrics
