#include "proxy/placement.h"

#include <utility>

namespace weir::proxy {
namespace {

/// Busy shares that differ by less are equal, and rotation decides: it is fairer than noise.
constexpr double kClearlyLess = 0.05;

}  // namespace

Placement::Placement(config::Placement policy, std::vector<const ReactorProbe*> reactors)
    : policy_(policy), reactors_(std::move(reactors)), placed_(reactors_.size(), 0) {}

std::size_t Placement::place(base::TimePoint now) noexcept {
  const bool in_turn = policy_ == config::Placement::round_robin;
  const std::size_t chosen = in_turn ? rotation_ : least_loaded(now);
  rotation_ = (chosen + 1) % reactors_.size();
  ++placed_[chosen];
  return chosen;
}

std::size_t Placement::least_loaded(base::TimePoint now) const noexcept {
  const auto live = [this](std::size_t number) {
    return placed_[number] - reactors_[number]->sessions_ended.value();
  };
  const auto busy = [&](std::size_t number) {
    return reactors_[number]->busy.read(now).recent_share;
  };
  std::size_t best = rotation_;
  for (std::size_t step = 1; step < reactors_.size(); ++step) {
    const std::size_t number = (rotation_ + step) % reactors_.size();
    const bool better = live(number) < live(best) ||
                        (live(number) == live(best) && busy(number) + kClearlyLess < busy(best));
    if (better) best = number;
  }
  return best;
}

}  // namespace weir::proxy
