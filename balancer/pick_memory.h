#pragma once

#include "balancer/recent_failures.h"
#include "balancer/slot_array.h"

#include <cstddef>
#include <cstdint>
#include <random>

namespace weir::balancer {

/// What one reactor remembers between picks, by slot, so that it outlives the selectors that are
/// built anew for every snapshot. Owned by the reactor, used on its thread.
struct PickMemory {
  explicit PickMemory(std::uint64_t seed = std::random_device()()) : random(seed) {}

  RecentFailures failures;
  SlotArray<std::int64_t> credits;  ///< of smooth round robin
  std::mt19937_64 random;

  /// Control thread, before a slot's number is published.
  void grow_to(std::size_t count) {
    failures.grow_to(count);
    credits.grow_to(count);
  }
};

}  // namespace weir::balancer
