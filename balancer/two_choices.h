#pragma once

#include "balancer/weighted_draw.h"

#include <cstddef>
#include <optional>
#include <random>

namespace weir::balancer {

/// The better of two members drawn at random, by `is_better(place, other place)`. Source:
/// Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing" (1996): the second draw
/// takes the fullest member's excess from log m / log log m to log log m, and unlike the best of
/// all, many who choose by the same old figures do not choose the same.
template <typename Accepts, typename IsBetter>
std::optional<std::size_t> better_of_two(const WeightedDraw& draw, std::mt19937_64& random,
                                         Accepts accepts, IsBetter is_better) {
  const std::optional<std::size_t> one = draw.draw(random, accepts);
  if (!one) return {};
  const auto is_another = [&](std::size_t place) { return place != *one && accepts(place); };
  const std::optional<std::size_t> other = draw.draw(random, is_another);
  return other && is_better(*other, *one) ? other : one;
}

}  // namespace weir::balancer
