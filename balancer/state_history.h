#pragma once

#include "balancer/standing.h"
#include "base/clock.h"

#include <chrono>
#include <optional>
#include <string_view>

namespace weir::balancer {

/// Since when one backend is as it is, and how long it has got no sessions. Pure.
class StateHistory {
 public:
  using WallTime = std::chrono::system_clock::time_point;

  /// The word for a backend that its pool does not have.
  static constexpr std::string_view kAbsent = "absent";

  void became(const Standing& standing, base::TimePoint now, WallTime wall_now) noexcept {
    if (eligible(standing) && down_since_) {
      down_before_ += now - *down_since_;
      down_since_.reset();
    } else if (!eligible(standing) && !down_since_) {
      down_since_ = now;
    }
    if (state_name(standing) == state_) return;
    state_ = state_name(standing);
    since_ = wall_now;
  }

  [[nodiscard]] std::string_view state() const noexcept { return state_; }
  /// When it came to be in that state.
  [[nodiscard]] WallTime since() const noexcept { return since_; }
  /// How long it was not eligible, all in all.
  [[nodiscard]] base::Duration downtime(base::TimePoint now) const noexcept {
    return down_before_ + (down_since_ ? now - *down_since_ : base::Duration::zero());
  }

 private:
  std::string_view state_ = kAbsent;
  WallTime since_{};
  base::Duration down_before_{0};
  std::optional<base::TimePoint> down_since_;
};

}  // namespace weir::balancer
