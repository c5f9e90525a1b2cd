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
/// counts. Owned by the server, used on the control thread but for names().
class SlotTable {
 public:
  /// The slot of that backend, a new one if it has none yet; none when all are taken.
  std::optional<SlotNumber> slot_of(const std::string& pool, const std::string& address) {
    const auto next = static_cast<SlotNumber>(slots_.size());
    if (next < SlotArray<int>::kMaxSlots) names_.grow_to(next + 1);
    std::string name = address;  // here, so that no slot is left without its name
    const auto [entry, added] = slots_.try_emplace({pool, address}, next);
    if (!added) return entry->second;
    if (next >= SlotArray<int>::kMaxSlots) {
      slots_.erase(entry);
      return {};
    }
    names_[next] = std::move(name);
    return next;
  }
  [[nodiscard]] std::size_t size() const noexcept { return slots_.size(); }
  /// The addresses by slot, for any thread that has learnt of the slot from a snapshot.
  [[nodiscard]] const SlotArray<std::string>& names() const noexcept { return names_; }

 private:
  std::map<std::pair<std::string, std::string>, SlotNumber> slots_;
  SlotArray<std::string> names_;
};

}  // namespace weir::balancer
