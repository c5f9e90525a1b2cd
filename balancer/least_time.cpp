#include "balancer/least_time.h"

#include "balancer/two_choices.h"

#include <algorithm>

namespace weir::balancer {

LeastTime::LeastTime(std::shared_ptr<const PoolSnapshot> pool, const Published& published,
                     PickMemory& memory)
    : roster_(std::move(pool), memory.failures),
      counts_(roster_, published),
      draw_(roster_),
      reactors_(published.latencies.size()),
      random_(memory.random) {
  for (const Roster::Entry& entry : roster_.entries())
    for (const auto* reactor : published.latencies) latencies_.push_back(&(*reactor)[entry.slot]);
}

double LeastTime::cost(std::size_t place, base::TimePoint now) const noexcept {
  double seconds = 0;
  for (std::size_t reactor = 0; reactor < reactors_; ++reactor)
    seconds = std::max(seconds, latencies_[place * reactors_ + reactor]->expected_seconds(now));
  const std::int64_t sessions = counts_.of(place);
  if (seconds == 0 && sessions > 0) seconds = kUnknownSeconds;
  return seconds * static_cast<double>(sessions + 1) / roster_[place].weight;
}

std::optional<std::uint32_t> LeastTime::pick(const PickRequest& request) {
  const auto is_better = [&](std::size_t a, std::size_t b) {
    return cost(a, request.now) < cost(b, request.now);
  };
  return roster_.pick(
      request, [&](auto accepts) { return better_of_two(draw_, random_, accepts, is_better); });
}

}  // namespace weir::balancer
