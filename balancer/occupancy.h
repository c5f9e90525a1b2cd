#pragma once

#include "balancer/slot_array.h"

#include <atomic>
#include <cstdint>

namespace weir::balancer {

/// How many sessions a backend with a limit has, over all reactors, exactly: the one count that
/// several threads write, once when a session takes its place and once when it gives it back.
/// Sequentially consistent, because who finds it full tells so and who gives back asks who was
/// told: one of the two must see the other (proxy/places.h).
class Occupancy {
 public:
  /// Takes a place unless `limit` are taken.
  [[nodiscard]] bool try_take(std::uint32_t limit) noexcept {
    std::uint32_t taken = taken_.load();
    while (taken < limit)
      if (taken_.compare_exchange_weak(taken, taken + 1)) return true;
    return false;
  }
  void give_back() noexcept { taken_.fetch_sub(1); }
  [[nodiscard]] std::uint32_t taken() const noexcept { return taken_.load(); }

 private:
  std::atomic<std::uint32_t> taken_{0};
};

/// By slot; of backends without a limit it stays 0. Owned by the server.
using Occupancies = SlotArray<Occupancy>;

}  // namespace weir::balancer
