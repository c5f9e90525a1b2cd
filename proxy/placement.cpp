#include "proxy/placement.h"

#include <tuple>
#include <utility>

namespace weir::proxy {

Placement::Placement(config::Placement policy, std::vector<const ReactorProbe*> reactors)
    : policy_(policy), reactors_(std::move(reactors)), placed_(reactors_.size(), 0) {}

std::size_t Placement::place() noexcept {
  const std::size_t chosen = policy_ == config::Placement::round_robin ? rotation_ : least_loaded();
  rotation_ = (chosen + 1) % reactors_.size();
  ++placed_[chosen];
  return chosen;
}

std::size_t Placement::least_loaded() const noexcept {
  const auto load = [this](std::size_t number) {
    const std::uint64_t live = placed_[number] - reactors_[number]->sessions_ended.value();
    return std::tuple(live, reactors_[number]->busy_permille.value());
  };
  std::size_t best = rotation_;
  for (std::size_t step = 1; step < reactors_.size(); ++step) {
    const std::size_t number = (rotation_ + step) % reactors_.size();
    if (load(number) < load(best)) best = number;
  }
  return best;
}

}  // namespace weir::proxy
