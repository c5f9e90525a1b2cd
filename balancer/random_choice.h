#pragma once

#include "balancer/roster.h"
#include "balancer/selector.h"
#include "balancer/weighted_draw.h"

#include <memory>

namespace weir::balancer {

/// Any member, as likely as its weight says. Source: HAProxy's and nginx's `random`, with one draw.
/// Needs no counts, and strangers who do the same do not herd; with n sessions the fullest of m
/// members has about sqrt(n / m) more than its share, where power_of_two has log log m.
class RandomChoice final : public Selector {
 public:
  RandomChoice(std::shared_ptr<const PoolSnapshot> pool, PickMemory& memory)
      : roster_(std::move(pool), memory.failures), draw_(roster_), random_(memory.random) {}
  std::optional<std::uint32_t> pick(const PickRequest& request) override {
    return roster_.pick(request, [this](auto accepts) { return draw_.draw(random_, accepts); });
  }

 private:
  Roster roster_;
  WeightedDraw draw_;
  std::mt19937_64& random_;
};

}  // namespace weir::balancer
