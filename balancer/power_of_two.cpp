#include "balancer/power_of_two.h"

#include "balancer/two_choices.h"

namespace weir::balancer {

std::optional<std::uint32_t> PowerOfTwo::pick(const PickRequest& request) {
  const auto is_better = [this](std::size_t a, std::size_t b) {
    return (counts_.of(a) + 1) * roster_[b].weight < (counts_.of(b) + 1) * roster_[a].weight;
  };
  return roster_.pick(
      request, [&](auto accepts) { return better_of_two(draw_, random_, accepts, is_better); });
}

}  // namespace weir::balancer
