#pragma once

#include "balancer/slot_array.h"
#include "balancer/standing.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

namespace weir::balancer {

/// What an operator wants of one backend.
struct Will {
  enum class State : std::uint8_t {
    ready,        ///< as its health allows
    drain,        ///< no new sessions; present ones stay
    maintenance,  ///< no new sessions, whatever happens to present ones
  };
  State state = State::ready;
  std::optional<unsigned> weight{};  ///< instead of the configured one
};

/// The words for it in the API.
inline constexpr std::array<std::string_view, 3> kWillNames = {"ready", "drain", "maintenance"};
constexpr std::string_view to_string(Will::State state) noexcept {
  return kWillNames[static_cast<std::size_t>(state)];
}

/// The operator's will for each backend of a pool, which outlives snapshots, health and even the
/// absence of an address. Owned by its pool.
class Wills {
 public:
  [[nodiscard]] Will of(SlotNumber slot) const {
    const auto found = wills_.find(slot);
    return found == wills_.end() ? Will{} : found->second;
  }
  Will& at(SlotNumber slot) { return wills_[slot]; }

  /// Sets the bits that are the operator's, and `draining`, which whoever has left has too.
  void apply(SlotNumber slot, bool has_left, Standing& standing) const {
    const Will::State state = of(slot).state;
    standing.enabled = state != Will::State::maintenance;
    standing.draining = has_left || state == Will::State::drain;
  }

 private:
  std::map<SlotNumber, Will> wills_;
};

}  // namespace weir::balancer
