#pragma once

#include "balancer/credits.h"
#include "balancer/roster.h"
#include "balancer/selector.h"

#include <memory>

namespace weir::balancer {

/// Everybody in turn, by weight (see Credits for the order and its source). Exact on each reactor,
/// and so within one pick a reactor over all of them.
class RoundRobin final : public Selector {
 public:
  RoundRobin(std::shared_ptr<const PoolSnapshot> pool, PickMemory& memory, unsigned rotation)
      : roster_(std::move(pool), memory.failures), credits_(roster_, memory, rotation) {}
  std::optional<std::uint32_t> pick(const PickRequest& request) override;
  void leave() noexcept override { credits_.leave(); }

 private:
  Roster roster_;
  Credits credits_;
};

}  // namespace weir::balancer
