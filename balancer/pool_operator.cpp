// What an operator asks of a pool; balancer/pool.cpp has the rest of it.
#include "balancer/pool.h"
#include "base/log.h"

#include <algorithm>

namespace weir::balancer {

std::map<SlotNumber, Pool::State>::iterator Pool::find(std::string_view backend) {
  return std::find_if(states_.begin(), states_.end(),
                      [&](const auto& entry) { return entry.second.name == backend; });
}

bool Pool::set_state(std::string_view backend, Will::State will, bool ends_sessions) {
  const auto found = find(backend);
  if (found == states_.end()) return false;
  auto& [slot, state] = *found;
  const base::TimePoint now = base::Clock::now();
  const bool was_eligible = eligible(state.standing);
  wills_.at(slot).state = will;
  wills_.apply(slot, state.leave_until.has_value(), state.standing);
  if (!eligible(state.standing)) state.warm_since.reset();
  if (!was_eligible) came_back(state, now);
  state.cause = "an operator asked for " + std::string(to_string(will));
  base::log::info("pool {}: {}: {}", config_.name, state.name, state.cause);
  publish(now);
  if (ends_sessions) hooks_.end_sessions(slot, Ending::asked);
  return true;
}

bool Pool::set_weight(std::string_view backend, std::optional<unsigned> weight) {
  const auto found = find(backend);
  if (found == states_.end()) return false;
  wills_.at(found->first).weight = weight;
  base::log::info("pool {}: {}: an operator gives it {}", config_.name, found->second.name,
                  weight ? "weight " + std::to_string(*weight) : "its configured weight");
  publish(base::Clock::now());
  return true;
}

bool Pool::end_sessions(std::string_view backend) {
  const auto found = find(backend);
  if (found == states_.end()) return false;
  base::log::info("pool {}: {}: an operator ends its sessions", config_.name, found->second.name);
  hooks_.end_sessions(found->first, Ending::asked);
  return true;
}

}  // namespace weir::balancer
