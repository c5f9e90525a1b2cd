#pragma once

#include "balancer/maglev_table.h"
#include "balancer/slot_array.h"
#include "balancer/standing.h"
#include "balancer/state_history.h"
#include "balancer/will.h"
#include "base/endpoint.h"
#include "config/config.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir::balancer {

/// A backend as a pick sees it: an address that can be connected to, and its slot.
struct Member {
  SlotNumber slot = 0;
  std::string name;  ///< label of logs and metrics: the configured or resolved address
  base::Endpoint endpoint;
  unsigned weight = 1;  ///< as the operator says, else as configured
  /// What picks go by: slow start, tiers and panic included, in Plan::kScale; 0 gets no sessions.
  std::uint32_t effective_weight = 0;
  std::uint32_t priority = 0;
  /// Of its sessions over all reactors, slow start included; 0: no limit.
  std::uint32_t max_connections = 0;
  Standing standing{};
  std::uint64_t ejections = 0;  ///< so far
  unsigned configured_weight = 1;
  Will will{};
  StateHistory history{};
};

/// A pool at one moment: made by the control thread, then never changed; every reactor swaps to a
/// new one between two events. Owns no state that must survive it: counts live by slot.
struct PoolSnapshot {
  config::PoolConfig settings;
  std::vector<Member> members;          ///< those with an address
  bool panic = false;                   ///< too few are eligible, so all are used
  std::vector<std::string> unresolved;  ///< configured names without an address yet

  /// Its members of that state, by name (kStateNames).
  [[nodiscard]] std::size_t members_in(std::string_view state) const noexcept;
  [[nodiscard]] bool can_serve() const noexcept {
    return std::any_of(members.begin(), members.end(),
                       [](const Member& member) { return member.effective_weight > 0; });
  }
  /// Somebody who gets sessions may be full.
  [[nodiscard]] bool has_limits() const noexcept {
    return std::any_of(members.begin(), members.end(), [](const Member& member) {
      return member.effective_weight > 0 && member.max_connections > 0;
    });
  }

  /// Of the members of effective weight above 0, for `balance = maglev` only; null when there is
  /// none.
  std::shared_ptr<const MaglevTable> maglev;
};

/// The table over those of the members that have weight; null when there is none.
std::shared_ptr<const MaglevTable> maglev_table_of(const std::vector<Member>& members);

}  // namespace weir::balancer
