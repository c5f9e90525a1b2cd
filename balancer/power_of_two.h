#pragma once

#include "balancer/roster.h"
#include "balancer/selector.h"
#include "balancer/session_counts.h"
#include "balancer/weighted_draw.h"

#include <memory>

namespace weir::balancer {

/// Of two members drawn at random the one with fewer sessions for its weight, over all reactors.
/// Nearly as even as least_connections, at a cost that does not grow with the pool. Source: see
/// better_of_two; nginx has it as `random two`, Envoy as its LEAST_REQUEST.
class PowerOfTwo final : public Selector {
 public:
  PowerOfTwo(std::shared_ptr<const PoolSnapshot> pool, const Published& published,
             PickMemory& memory)
      : roster_(std::move(pool), memory.failures),
        counts_(roster_, published),
        draw_(roster_),
        random_(memory.random) {}
  std::optional<std::uint32_t> pick(const PickRequest& request) override;

 private:
  Roster roster_;
  SessionCounts counts_;
  WeightedDraw draw_;
  std::mt19937_64& random_;
};

}  // namespace weir::balancer
