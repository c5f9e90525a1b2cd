#pragma once

#include <cstdint>

namespace weir::balancer {

/// What the checks of one backend add up to. Pure: no clock, no I/O.
///
///   healthy --`fall` failures in a row--> unhealthy --`rise` successes in a row--> healthy
class CheckState {
 public:
  struct Rules {
    std::uint32_t rise = 2;
    std::uint32_t fall = 3;
  };
  CheckState(Rules rules, bool healthy) noexcept : rules_(rules), healthy_(healthy) {}

  /// Takes in the result of one check. True when the state has changed by it.
  bool took(bool passed) noexcept {
    against_ = passed == healthy_ ? 0 : against_ + 1;
    if (against_ < (healthy_ ? rules_.fall : rules_.rise)) return false;
    healthy_ = passed;
    against_ = 0;
    return true;
  }

  [[nodiscard]] bool healthy() const noexcept { return healthy_; }
  /// The last check spoke against the state: the next one is wanted soon.
  [[nodiscard]] bool is_changing() const noexcept { return against_ > 0; }

 private:
  Rules rules_;
  bool healthy_;
  std::uint32_t against_ = 0;  ///< results in a row that contradict the state
};

}  // namespace weir::balancer
