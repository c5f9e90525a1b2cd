#pragma once

#include "balancer/roster.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

namespace weir::balancer {

/// Draws places at random, each as likely as its weight says: a binary search in the running sums
/// of weights. Part of a selector.
class WeightedDraw {
 public:
  /// Over the entries of a roster.
  explicit WeightedDraw(const Roster& roster) {
    for (const Roster::Entry& entry : roster.entries()) add(entry.weight);
  }
  /// Over all members, eligible or not, by their configured weights.
  explicit WeightedDraw(const PoolSnapshot& pool) {
    for (const Member& member : pool.members) add(member.weight);
  }

  /// A place for which `accepts(place)` holds; empty when there is none. Where few are accepted
  /// and luck fails, the next one after the last draw is taken.
  template <typename Accepts, typename Random>
  std::optional<std::size_t> draw(Random& random, Accepts accepts) const {
    if (sums_.empty() || sums_.back() == 0) return {};
    std::size_t place = 0;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      place = at(std::uniform_int_distribution<std::uint64_t>(0, sums_.back() - 1)(random));
      if (accepts(place)) return place;
    }
    for (std::size_t step = 1; step <= sums_.size(); ++step) {
      const std::size_t next = (place + step) % sums_.size();
      if (accepts(next)) return next;
    }
    return {};
  }

 private:
  void add(std::uint64_t weight) { sums_.push_back((sums_.empty() ? 0 : sums_.back()) + weight); }

  /// The place on whose share `point` falls.
  [[nodiscard]] std::size_t at(std::uint64_t point) const noexcept {
    return static_cast<std::size_t>(std::upper_bound(sums_.begin(), sums_.end(), point) -
                                    sums_.begin());
  }

  static constexpr int kAttempts = 16;

  std::vector<std::uint64_t> sums_;  ///< of the weights up to each place
};

}  // namespace weir::balancer
