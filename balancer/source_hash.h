#pragma once

#include "balancer/load_bound.h"
#include "balancer/roster.h"
#include "balancer/selector.h"
#include "balancer/weighted_draw.h"

#include <cstddef>
#include <memory>
#include <vector>

namespace weir::balancer {

/// The client's address decides: its hash falls on one member's share of all configured weights,
/// eligible or not, and where that one cannot be had the address is hashed again, so that nobody
/// else's choice changes. When members come or go most addresses change theirs; maglev moves few.
/// Source: nginx's `hash` (ngx_stream_upstream_hash_module.c), HAProxy's `balance source` with
/// `hash-type map-based`.
class SourceHash final : public Selector {
 public:
  SourceHash(std::shared_ptr<const PoolSnapshot> pool, const Published& published,
             PickMemory& memory);
  std::optional<std::uint32_t> pick(const PickRequest& request) override;

 private:
  Roster roster_;
  WeightedDraw draw_;  ///< over the members
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::vector<std::size_t> places_;  ///< of each member in the roster, or kNone
  LoadBound bound_;
};

}  // namespace weir::balancer
