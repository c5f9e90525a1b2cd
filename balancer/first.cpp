#include "balancer/first.h"

namespace weir::balancer {

std::optional<std::uint32_t> First::pick(const PickRequest& request) {
  return roster_.pick(request, [this](auto accepts) -> std::optional<std::size_t> {
    for (std::size_t place = 0; place < roster_.size(); ++place)
      if (accepts(place)) return place;
    return {};
  });
}

}  // namespace weir::balancer
