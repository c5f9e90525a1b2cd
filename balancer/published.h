#pragma once

#include "balancer/latency.h"
#include "balancer/slot_array.h"
#include "balancer/streak.h"
#include "metrics/counter.h"

#include <vector>

namespace weir::balancer {

/// What every reactor publishes about backends, for picks and for the control thread: an entry for
/// each reactor. Owned by the server; filled before any thread starts.
struct Published {
  std::vector<const SlotArray<metrics::Gauge>*> sessions;
  std::vector<const SlotArray<Latency>*> latencies;
  Streaks streaks;
};

}  // namespace weir::balancer
