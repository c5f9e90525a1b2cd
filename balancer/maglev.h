#pragma once

#include "balancer/load_bound.h"
#include "balancer/roster.h"
#include "balancer/selector.h"

#include <memory>

namespace weir::balancer {

/// The client's address decides, by a table that keeps nearly every address where it is when
/// members come or go (see MaglevTable). Where the member of its place cannot be had, the next
/// place's is taken.
class Maglev final : public Selector {
 public:
  Maglev(std::shared_ptr<const PoolSnapshot> pool, const Published& published, PickMemory& memory)
      : roster_(std::move(pool), memory.failures), bound_(roster_, published) {}
  std::optional<std::uint32_t> pick(const PickRequest& request) override;

 private:
  template <typename Accepts>
  std::optional<std::size_t> find(std::uint64_t key, Accepts accepts) const;

  Roster roster_;
  LoadBound bound_;
};

}  // namespace weir::balancer
