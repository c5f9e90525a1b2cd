#pragma once

#include "balancer/latency.h"
#include "balancer/slot_array.h"
#include "balancer/streak.h"
#include "metrics/counter.h"

#include <cstdint>
#include <string>
#include <vector>

namespace weir::balancer {

/// What every reactor publishes about backends, for picks and for the control thread: an entry for
/// each reactor. Owned by the server; filled before any thread starts.
struct Published {
  std::vector<const SlotArray<metrics::Gauge>*> sessions;
  std::vector<const SlotArray<Latency>*> latencies;
  Streaks streaks;
  const SlotArray<std::string>* names = nullptr;  ///< of backends; written before any reads them

  /// Sessions of that backend, over all reactors.
  [[nodiscard]] std::int64_t sessions_of(SlotNumber slot) const noexcept {
    std::int64_t sum = 0;
    for (const auto* reactor : sessions) sum += (*reactor)[slot].value();
    return sum;
  }
};

}  // namespace weir::balancer
