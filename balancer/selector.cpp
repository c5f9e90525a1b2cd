#include "balancer/selector.h"

#include "balancer/first.h"
#include "balancer/least_connections.h"
#include "balancer/least_time.h"
#include "balancer/maglev.h"
#include "balancer/power_of_two.h"
#include "balancer/random_choice.h"
#include "balancer/round_robin.h"
#include "balancer/source_hash.h"

#include <utility>

namespace weir::balancer {

std::unique_ptr<Selector> make_selector(std::shared_ptr<const PoolSnapshot> pool,
                                        const Published& published, PickMemory& memory,
                                        unsigned rotation) {
  switch (pool->settings.balance) {
    case config::Balance::round_robin:
      return std::make_unique<RoundRobin>(std::move(pool), memory, rotation);
    case config::Balance::power_of_two:
      return std::make_unique<PowerOfTwo>(std::move(pool), published, memory);
    case config::Balance::least_time:
      return std::make_unique<LeastTime>(std::move(pool), published, memory);
    case config::Balance::random: return std::make_unique<RandomChoice>(std::move(pool), memory);
    case config::Balance::source_hash:
      return std::make_unique<SourceHash>(std::move(pool), published, memory);
    case config::Balance::maglev:
      return std::make_unique<Maglev>(std::move(pool), published, memory);
    case config::Balance::first: return std::make_unique<First>(std::move(pool), memory);
    case config::Balance::least_connections: break;
  }
  return std::make_unique<LeastConnections>(std::move(pool), published, memory, rotation);
}

}  // namespace weir::balancer
