#pragma once

#include "balancer/slot_array.h"
#include "proxy/close_reason.h"
#include "proxy/server.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

namespace weir::admin {

/// What was seen of the running proxy, once a second: the last five minutes of it, so that a page
/// that has just been opened has a past; and the most that was seen at a time since the start,
/// which may miss what lasted for less than a second. Lives on the admin thread; owned by the API.
class Recent {
 public:
  static constexpr std::size_t kMostSamples = 300;
  using Closed = std::array<std::uint64_t, proxy::kCloseReasons.size()>;

  struct Sample {
    std::uint64_t number = 0;  ///< 1 for the first since the start
    std::chrono::system_clock::time_point time{};
    std::int64_t sessions_active = 0;
    std::uint64_t accepted = 0;        ///< since the start, as the next
    std::uint64_t relayed_bytes = 0;   ///< both ways
    std::vector<float> busy_shares{};  ///< of each reactor
    Closed closed{};                   ///< by number in kCloseReasons, since the start
  };

  explicit Recent(const proxy::Server& server) : server_(server) {}

  /// Once a second.
  void look();

  [[nodiscard]] const std::deque<Sample>& samples() const noexcept { return samples_; }
  [[nodiscard]] std::int64_t most_sessions(balancer::SlotNumber slot) const noexcept {
    return slot < most_sessions_.size() ? most_sessions_[slot] : 0;
  }
  [[nodiscard]] std::uint32_t most_waiting(proxy::PoolNumber pool) const noexcept {
    return pool < most_waiting_.size() ? most_waiting_[pool] : 0;
  }

 private:
  void look_at_pools();

  const proxy::Server& server_;
  std::deque<Sample> samples_;
  std::uint64_t last_number_ = 0;
  std::vector<std::int64_t> most_sessions_;  ///< by slot
  std::vector<std::uint32_t> most_waiting_;  ///< by pool
};

}  // namespace weir::admin
