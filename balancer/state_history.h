#pragma once

#include "balancer/standing.h"

#include <chrono>
#include <string_view>

namespace weir::balancer {

/// How one backend is, and since when. Pure.
class StateHistory {
 public:
  using WallTime = std::chrono::system_clock::time_point;

  /// The word for a backend that its pool does not have.
  static constexpr std::string_view kAbsent = "absent";

  void became(const Standing& standing, WallTime now) noexcept {
    if (state_name(standing) == state_) return;
    state_ = state_name(standing);
    since_ = now;
  }

  [[nodiscard]] std::string_view state() const noexcept { return state_; }
  /// When it came to be in that state.
  [[nodiscard]] WallTime since() const noexcept { return since_; }

 private:
  std::string_view state_ = kAbsent;
  WallTime since_{};
};

}  // namespace weir::balancer
