#include "balancer/selector.h"

#include "balancer/least_connections.h"
#include "balancer/round_robin.h"

namespace weir::balancer {

std::unique_ptr<Selector> make_selector(std::shared_ptr<const PoolSnapshot> pool,
                                        const PublishedCounts& counts, RecentFailures& failures,
                                        unsigned rotation) {
  switch (pool->settings.balance) {
    case config::Balance::round_robin:
      return std::make_unique<RoundRobin>(std::move(pool), failures, rotation);
    case config::Balance::least_connections: break;
  }
  return std::make_unique<LeastConnections>(std::move(pool), counts, failures, rotation);
}

}  // namespace weir::balancer
