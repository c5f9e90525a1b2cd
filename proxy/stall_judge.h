#pragma once

#include "base/clock.h"
#include "proxy/activity.h"

#include <cstdint>
#include <utility>

namespace weir::proxy {

/// Tells a stall of one reactor from what the watchdog sees of it now and then: the same handler,
/// look after look, for longer than the threshold. Pure; time is an argument. A handler begins and
/// ends between two looks, so that durations are right to one look. Owned by the watchdog, used on
/// its thread.
///
///   fine --same handler, threshold over--> stalled --another handler--> fine
class StallJudge {
 public:
  enum class Verdict : std::uint8_t {
    fine,     ///< or waiting, or in a stall that has been told
    new_one,  ///< in a handler that was not there at the look before
    began,    ///< that handler takes too long
    ended,    ///< the stall is over
  };
  struct Finding {
    Verdict verdict = Verdict::fine;
    base::Duration lasted{0};  ///< of began and ended
  };

  /// @param threshold zero: nothing is ever a stall
  explicit StallJudge(base::Duration threshold) noexcept : threshold_(threshold) {}

  Finding look(base::TimePoint now, const Activity::Reading& reading) noexcept {
    const base::Duration lasted = now - since_;
    if (reading != last_) {
      const bool was_stalled = std::exchange(is_stalled_, false);
      last_ = reading;
      since_ = now;
      if (was_stalled) return {Verdict::ended, lasted};
      return {reading.work == Work::waiting ? Verdict::fine : Verdict::new_one};
    }
    const bool is_long = threshold_ > base::Duration::zero() && lasted >= threshold_;
    if (reading.work == Work::waiting || is_stalled_ || !is_long) return {};
    is_stalled_ = true;
    return {Verdict::began, lasted};
  }
  [[nodiscard]] bool is_stalled() const noexcept { return is_stalled_; }

 private:
  const base::Duration threshold_;
  Activity::Reading last_;
  base::TimePoint since_{};  ///< when that was first seen
  bool is_stalled_ = false;
};

}  // namespace weir::proxy
