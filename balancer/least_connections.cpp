#include "balancer/least_connections.h"

namespace weir::balancer {
namespace {

/// A load as a fraction, compared without dividing.
struct Load {
  std::int64_t sessions;
  std::int64_t weight;

  static Load with_one_more(std::int64_t sessions, std::uint32_t weight) noexcept {
    return {sessions > 0 ? sessions + 1 : 0, weight};
  }
  friend bool operator<(const Load& a, const Load& b) noexcept {
    return a.sessions * b.weight < b.sessions * a.weight;
  }
};

}  // namespace

std::optional<std::uint32_t> LeastConnections::pick(const PickRequest& request) {
  const auto sessions = counts_.sum();
  const auto load = [&](std::size_t place) {
    return Load::with_one_more(sessions[place], roster_[place].weight);
  };
  return roster_.pick(request, [&](auto accepts) -> std::optional<std::size_t> {
    std::optional<Load> least;
    for (std::size_t place = 0; place < roster_.size(); ++place)
      if (accepts(place) && (!least || load(place) < *least)) least = load(place);
    if (!least) return {};
    return credits_.charge(
        [&](std::size_t place) { return accepts(place) && !(*least < load(place)); });
  });
}

}  // namespace weir::balancer
