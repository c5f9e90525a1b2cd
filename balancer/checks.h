#pragma once

#include "balancer/check_gate.h"
#include "balancer/check_probe.h"

namespace weir::balancer {

/// What the checks of all pools share. Owned by the server.
struct Checks {
  CheckGate gate;
  CheckProbes probes;
};

}  // namespace weir::balancer
