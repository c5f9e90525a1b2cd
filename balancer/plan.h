#pragma once

#include "balancer/standing.h"
#include "base/clock.h"

#include <cstdint>
#include <vector>

namespace weir::balancer {

/// Who of a pool gets new sessions, and with what weight: standing, slow start, tiers and panic,
/// joined into one number each, so that policies need to know of none of them. Pure.
struct Plan {
  /// What a weight of 1 becomes, so that a tenth of it is still a number.
  static constexpr std::uint32_t kScale = 1'000;
  /// The share of its weight with which a member begins its slow start.
  static constexpr std::uint32_t kSlowestPercent = 10;

  struct Member {
    std::uint32_t weight = 1;    ///< as configured, 0 to 256
    std::uint32_t priority = 0;  ///< its tier; 0 comes first
    Standing standing;
    std::uint32_t warmth_percent = 100;  ///< of slow start
  };
  struct Rules {
    std::uint32_t overprovisioning_percent = 140;
    std::uint32_t panic_percent = 0;  ///< below this part of members eligible, all are used
  };

  std::vector<std::uint32_t> weights;  ///< of each member; 0 gets no new sessions
  bool panic = false;

  /// A tier whose members are all eligible serves alone. One that is short of them takes what they
  /// can bear, its eligible part times the overprovisioning, and the tiers below share the rest, as
  /// in Envoy ("priority levels"). A tier's part is divided by weight. Members of weight 0 count
  /// for nothing.
  static Plan of(const std::vector<Member>& members, const Rules& rules);
};

/// How far a member that has come (back) is through its slow start: percent, from
/// Plan::kSlowestPercent to 100, in a straight line. `duration` zero: at once.
std::uint32_t warmth_percent(base::TimePoint since, base::TimePoint now, base::Duration duration);

/// What a limit of sessions is meanwhile: at least one; 0 stays no limit.
std::uint32_t warm_limit(std::uint32_t limit, std::uint32_t warmth_percent) noexcept;

}  // namespace weir::balancer
