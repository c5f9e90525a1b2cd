#pragma once

#include "balancer/occupancy.h"
#include "balancer/slot_array.h"
#include "base/clock.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace weir::balancer {

/// The backends that a session has tried already. Lives in its establishment.
class Tried {
 public:
  static constexpr std::size_t kMax = 16;

  /// Of the first kMax; no session tries more.
  void add(SlotNumber slot) noexcept {
    if (count_ < kMax) slots_[count_++] = slot;
  }
  [[nodiscard]] bool contains(SlotNumber slot) const noexcept {
    const auto end = slots_.begin() + static_cast<std::ptrdiff_t>(count_);
    return std::find(slots_.begin(), end, slot) != end;
  }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  void clear() noexcept { count_ = 0; }

 private:
  std::array<SlotNumber, kMax> slots_{};
  std::size_t count_ = 0;
};

/// For whom a backend is picked.
struct PickRequest {
  base::TimePoint now;
  std::uint64_t key;   ///< of the client: equal for equal addresses
  const Tried& tried;  ///< none of these again
  /// Whoever has as many sessions here as its limit is not named either; null: nobody has a limit.
  const Occupancies* occupancies = nullptr;
};

}  // namespace weir::balancer
