#pragma once

#include "base/clock.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

namespace weir::proxy {

/// Tells a reactor that is stuck from what the watchdog sees of its heartbeat now and then. Pure;
/// time is an argument. Owned by the watchdog, used on its thread.
///
///   beats --silent while it waits for events--> woken --silent--> stuck --a beat--> beats
class BeatJudge {
 public:
  /// One that has not beaten for so long, or for four beats, is stuck.
  static constexpr std::chrono::seconds kStuckAfter{2};
  /// One that waits for events all the while is woken after so long, or two beats.
  static constexpr std::chrono::seconds kWokenAfter{1};

  enum class Verdict : std::uint8_t {
    fine,   ///< or told already
    wake,   ///< it waits for events, and its timer should have ended that
    stuck,  ///< it gives no sign of life
    back,   ///< it was stuck, and beats again
  };
  struct Finding {
    Verdict verdict = Verdict::fine;
    base::Duration silent{0};
  };

  /// @param heartbeat how often it beats; late by as long again is not late
  explicit BeatJudge(base::Duration heartbeat) noexcept
      : woken_after_(std::max<base::Duration>(kWokenAfter, 2 * heartbeat)),
        stuck_after_(std::max<base::Duration>(kStuckAfter, 4 * heartbeat)) {}

  void start(base::TimePoint now) noexcept { last_beat_ = now; }

  /// @param beats how many there were; @param waits whether it waits for events
  Finding look(base::TimePoint now, std::uint64_t beats, bool waits) noexcept {
    const base::Duration silent = now - last_beat_;
    if (beats != std::exchange(beats_, beats)) {
      last_beat_ = now;
      is_woken_ = false;
      return {std::exchange(is_stuck_, false) ? Verdict::back : Verdict::fine, silent};
    }
    if (silent >= woken_after_ && waits && !std::exchange(is_woken_, true))
      return {Verdict::wake, silent};
    if (silent < stuck_after_ || std::exchange(is_stuck_, true)) return {};
    return {Verdict::stuck, silent};
  }

  /// The watchdog itself did not run for so long (the process was stopped, the machine is starved),
  /// and cannot blame anybody for the beats that are missing since.
  void forgive(base::Duration lateness, base::TimePoint now) noexcept {
    if (!is_stuck_) last_beat_ = std::min(now, last_beat_ + lateness);
  }

  [[nodiscard]] base::TimePoint last_beat() const noexcept { return last_beat_; }

 private:
  const base::Duration woken_after_;
  const base::Duration stuck_after_;
  base::TimePoint last_beat_{};  ///< when one was seen last
  std::uint64_t beats_ = 0;
  bool is_woken_ = false;
  bool is_stuck_ = false;
};

}  // namespace weir::proxy
