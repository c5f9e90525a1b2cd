#pragma once

#include "base/clock.h"

#include <cstdint>

namespace weir::balancer {

/// The passive verdict on one backend: too many sessions in a row failed on it, so it gets none for
/// a while, and longer each time that this happens again. Pure: time is an argument. Source:
/// Envoy's outlier detection (its base_ejection_time and max_ejection_time).
///
///   trusted --`after` failures in a row--> ejected --its time is over, or lift()--> trusted
class Ejection {
 public:
  struct Rules {
    std::uint32_t after = 0;  ///< failures in a row; 0: never
    base::Duration shortest = std::chrono::seconds(30);
    base::Duration longest = std::chrono::minutes(5);
  };
  explicit Ejection(Rules rules) noexcept : rules_(rules) {}

  /// Whether so many failures in a row are too many. Of a backend that is not ejected.
  [[nodiscard]] bool is_due(std::uint64_t failures) const noexcept {
    return !ejected_ && rules_.after > 0 && failures >= rules_.after;
  }
  /// For the shortest time the first time; twice, three times it when it did not last.
  void eject(base::TimePoint now) noexcept;
  /// Lets it back before its time is over: something better is known of it.
  void lift(base::TimePoint now) noexcept {
    ejected_ = false;
    until_ = now;
  }
  /// Lets it back when its time is over. True when that was now.
  bool let_back(base::TimePoint now) noexcept;

  [[nodiscard]] bool ejected() const noexcept { return ejected_; }
  /// When it is let back; of one that is ejected.
  [[nodiscard]] base::TimePoint until() const noexcept { return until_; }

 private:
  Rules rules_;
  bool ejected_ = false;
  base::TimePoint until_{};
  std::uint32_t times_ = 0;  ///< ejected, less the quiet times since
};

}  // namespace weir::balancer
