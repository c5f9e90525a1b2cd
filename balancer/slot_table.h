#pragma once

#include "balancer/slot_array.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace weir::balancer {

/// Gives every backend its slot: the number under which all reactors count it. Identity is the
/// pool's name and the backend's address, so a backend that a new snapshot names again keeps its
/// counts. Owned by the server, used on the control thread only.
class SlotTable {
 public:
  /// The slot of that backend, a new one if it has none yet; none when all are taken.
  std::optional<SlotNumber> slot_of(const std::string& pool, const std::string& address) {
    const auto next = static_cast<SlotNumber>(slots_.size());
    const auto [entry, added] = slots_.try_emplace({pool, address}, next);
    if (!added || next < SlotArray<int>::kMaxSlots) return entry->second;
    slots_.erase(entry);
    return {};
  }
  [[nodiscard]] std::size_t size() const noexcept { return slots_.size(); }

 private:
  std::map<std::pair<std::string, std::string>, SlotNumber> slots_;
};

}  // namespace weir::balancer
