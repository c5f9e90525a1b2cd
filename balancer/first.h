#pragma once

#include "balancer/roster.h"
#include "balancer/selector.h"

#include <memory>

namespace weir::balancer {

/// The first member that can be had, in the order of the configuration: a server with its standbys,
/// or as few servers awake as the load needs. Source: HAProxy's `balance first`. Weights do not
/// matter, but 0 takes a member out.
class First final : public Selector {
 public:
  First(std::shared_ptr<const PoolSnapshot> pool, PickMemory& memory)
      : roster_(std::move(pool), memory.failures) {}
  std::optional<std::uint32_t> pick(const PickRequest& request) override;

 private:
  Roster roster_;
};

}  // namespace weir::balancer
