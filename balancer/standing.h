#pragma once

#include <array>
#include <string_view>

namespace weir::balancer {

/// What is held for or against one backend: four separate bits, each with its own owner.
struct Standing {
  bool healthy = true;    ///< what the checks say
  bool enabled = true;    ///< what the operator wants
  bool ejected = false;   ///< what the sessions have met
  bool draining = false;  ///< it has left: present sessions finish, none come

  bool operator==(const Standing&) const = default;
};

/// Whether it gets new sessions: the one place where the four are joined.
constexpr bool eligible(const Standing& standing) noexcept {
  return standing.healthy && standing.enabled && !standing.ejected && !standing.draining;
}

/// Whether it may get them in a panic, when what is known of health is no longer believed.
constexpr bool eligible_in_panic(const Standing& standing) noexcept {
  return standing.enabled && !standing.draining;
}

/// The words for it in metrics, status and log; of several that hold, the one named first.
inline constexpr std::array<std::string_view, 5> kStateNames = {"draining", "disabled", "unhealthy",
                                                                "ejected", "healthy"};
constexpr std::string_view state_name(const Standing& standing) noexcept {
  if (standing.draining) return kStateNames[0];
  if (!standing.enabled) return kStateNames[1];
  if (!standing.healthy) return kStateNames[2];
  return standing.ejected ? kStateNames[3] : kStateNames[4];
}

}  // namespace weir::balancer
