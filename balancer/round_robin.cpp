#include "balancer/round_robin.h"

namespace weir::balancer {

/// Members that failed take no part in the rotation, or whoever follows one would get its share
/// too.
std::optional<std::uint32_t> RoundRobin::pick(const PickRequest& request) {
  return roster_.pick(request, [this](auto accepts) { return credits_.charge(accepts); });
}

}  // namespace weir::balancer
