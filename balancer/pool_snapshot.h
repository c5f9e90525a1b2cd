#pragma once

#include "balancer/slot_array.h"
#include "base/endpoint.h"
#include "config/config.h"

#include <string>
#include <vector>

namespace weir::balancer {

/// A backend as a pick sees it: an address that can be connected to, and its slot.
struct Member {
  SlotNumber slot = 0;
  std::string name;  ///< label of logs and metrics: the configured or resolved address
  base::Endpoint endpoint;
  unsigned weight = 1;
};

/// A pool at one moment: made by the control thread, then never changed; every reactor swaps to a
/// new one between two events. Owns no state that must survive it: counts live by slot.
struct PoolSnapshot {
  config::PoolConfig settings;
  std::vector<Member> members;          ///< those with an address
  std::vector<std::string> unresolved;  ///< configured names without an address yet
};

}  // namespace weir::balancer
