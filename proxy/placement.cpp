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
  const std::size_t chosen = in_turn ? next_in_turn() : least_loaded(now);
  rotation_ = (chosen + 1) % reactors_.size();
  ++placed_[chosen];
  return chosen;
}

bool Placement::is_stalled(std::size_t number) const noexcept {
  return reactors_[number]->in_stall.load(std::memory_order_relaxed);
}

/// Past those that are in a stall, if there is one that is not.
std::size_t Placement::next_in_turn() const noexcept {
  for (std::size_t step = 0; step < reactors_.size(); ++step) {
    const std::size_t number = (rotation_ + step) % reactors_.size();
    if (!is_stalled(number)) return number;
  }
  return rotation_;
}

std::size_t Placement::least_loaded(base::TimePoint now) const noexcept {
  const auto live = [this](std::size_t number) {
    return placed_[number] - reactors_[number]->sessions_ended.value();
  };
  const auto busy = [&](std::size_t number) {
    return reactors_[number]->busy.read(now).recent_share;
  };
  std::size_t best = next_in_turn();
  const std::size_t first = best;
  for (std::size_t step = 1; step < reactors_.size(); ++step) {
    const std::size_t number = (first + step) % reactors_.size();
    const bool better = live(number) < live(best) ||
                        (live(number) == live(best) && busy(number) + kClearlyLess < busy(best));
    if (better && is_stalled(number) <= is_stalled(best)) best = number;
  }
  return best;
}

}  // namespace weir::proxy
