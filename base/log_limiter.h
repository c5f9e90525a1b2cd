#pragma once

#include "base/clock.h"

#include <cstdint>
#include <utility>

namespace weir::base::log {

/// Lets one line through per interval, for events that may come by the thousand, and counts the
/// others, so that the next line can say how many it stands for:
///
///   if (limiter.allow(now)) {
///     log::warning("accept failed: {} ({} more)", error, limiter.take_suppressed());
///   }
///
/// Owned by what logs, one for each kind of line; lives on that thread. The time is passed in.
class Limiter {
 public:
  explicit Limiter(Duration interval = std::chrono::seconds(1)) noexcept : interval_(interval) {}

  [[nodiscard]] bool allow(TimePoint now) noexcept {
    if (started_ && now - last_ < interval_) {
      ++suppressed_;
      return false;
    }
    started_ = true;
    last_ = now;
    return true;
  }

  /// How many were not let through since the last call.
  [[nodiscard]] std::uint64_t take_suppressed() noexcept { return std::exchange(suppressed_, 0); }

 private:
  Duration interval_;
  TimePoint last_{};
  bool started_ = false;
  std::uint64_t suppressed_ = 0;
};

}  // namespace weir::base::log
