#pragma once

#include "balancer/check_run.h"
#include "balancer/slot_array.h"
#include "balancer/state_history.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace weir::balancer {

/// What happened to backends, for those who look from outside: the last changes of state, and the
/// last check of each. The control thread writes, the admin thread reads, each under a lock held
/// for a moment; nothing on the data path comes here. Owned by the server.
class Journal {
 public:
  using WallTime = StateHistory::WallTime;
  /// The oldest go first.
  static constexpr std::size_t kMostChanges = 500;

  struct Change {
    std::uint64_t number = 0;  ///< 1 for the first since the start
    WallTime time{};
    std::string pool;
    std::string backend;
    std::string_view from;
    std::string_view to;
    std::string cause;
  };
  struct Check {
    WallTime time{};
    CheckVerdict verdict;
  };

  /// Gives it its number. Throws std::bad_alloc.
  void changed(Change change) {
    const std::lock_guard lock(mutex_);
    if (changes_.size() == kMostChanges) changes_.pop_front();
    change.number = ++last_number_;
    changes_.push_back(std::move(change));
  }
  void checked(SlotNumber slot, const CheckVerdict& verdict, WallTime time) {
    const std::lock_guard lock(mutex_);
    if (checks_.size() <= slot) checks_.resize(slot + std::size_t{1});
    checks_[slot] = Check{time, verdict};
  }

  /// Those after that number, the newest first, at most so many.
  [[nodiscard]] std::vector<Change> changes_after(std::uint64_t number, std::size_t most) const {
    const std::lock_guard lock(mutex_);
    std::vector<Change> found;
    for (auto change = changes_.rbegin(); change != changes_.rend(); ++change) {
      if (change->number <= number || found.size() == most) break;
      found.push_back(*change);
    }
    return found;
  }
  [[nodiscard]] std::optional<Check> last_check(SlotNumber slot) const {
    const std::lock_guard lock(mutex_);
    return slot < checks_.size() ? checks_[slot] : std::nullopt;
  }

 private:
  mutable std::mutex mutex_;
  std::deque<Change> changes_;
  std::uint64_t last_number_ = 0;
  std::vector<std::optional<Check>> checks_;  ///< by slot
};

}  // namespace weir::balancer
