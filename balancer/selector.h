#pragma once

#include "balancer/pick.h"
#include "balancer/pick_memory.h"
#include "balancer/pool_snapshot.h"
#include "balancer/published.h"

#include <cstdint>
#include <memory>
#include <optional>

namespace weir::balancer {

/// A policy: built on one reactor from one snapshot. Not shared. Asked again with what has been
/// tried, it names the next candidate, so the answers to one session are its candidates in order.
class Selector {
 public:
  virtual ~Selector() = default;
  /// Index of a member of effective weight above 0 that has not been tried; empty when there is
  /// none. Those that failed lately come after all others, whatever the policy.
  virtual std::optional<std::uint32_t> pick(const PickRequest& request) = 0;
  /// Puts into the memory what the pool's next selector begins with.
  virtual void leave() noexcept {}
};

/// Policies that rotate begin `rotation` members further: of the first selector of a pool that can
/// pick, the reactor's number, so that N reactors that each serve few connections do not all begin
/// with the same backend. `published` and `memory` must
/// outlive it.
std::unique_ptr<Selector> make_selector(std::shared_ptr<const PoolSnapshot> pool,
                                        const Published& published, PickMemory& memory,
                                        unsigned rotation);

}  // namespace weir::balancer
