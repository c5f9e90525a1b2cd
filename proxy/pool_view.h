#pragma once

#include "balancer/pool_snapshot.h"
#include "balancer/selector.h"
#include "base/log_limiter.h"
#include "proxy/probes.h"

#include <memory>

namespace weir::proxy {

/// One pool as one reactor sees it: the snapshot of the moment, the policy built on it, the counts.
/// Owned by the reactor and used on its thread; only the probe is read from elsewhere.
struct PoolView {
  std::shared_ptr<const balancer::PoolSnapshot> snapshot;
  std::unique_ptr<balancer::Selector> selector;
  bool has_limits = false;                             ///< of the snapshot: places must be taken
  std::shared_ptr<const balancer::PoolSnapshot> next;  ///< until it has taken the snapshot's place
  PoolProbe probe;
  base::log::Limiter warnings{std::chrono::seconds(5)};  ///< of "no backend"
};

}  // namespace weir::proxy
