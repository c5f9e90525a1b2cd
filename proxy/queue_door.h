#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

namespace weir::proxy {

/// Of one pool, for all reactors: how many sessions wait for a place at one of its backends, and
/// the number of the next. Two counts that several threads write, touched only while all backends
/// of the pool are full. Sequentially consistent, with balancer::Occupancy. Owned by the server.
class QueueDoor {
 public:
  using Ticket = std::uint64_t;  ///< from 1 on, in the order of arrival

  /// Lets one more in; none when `limit` wait.
  [[nodiscard]] std::optional<Ticket> enter(std::uint32_t limit) noexcept {
    std::uint32_t waiting = waiting_.load();
    while (waiting < limit)
      if (waiting_.compare_exchange_weak(waiting, waiting + 1)) return tickets_.fetch_add(1) + 1;
    return {};
  }
  void left() noexcept { waiting_.fetch_sub(1); }
  [[nodiscard]] std::uint32_t waiting() const noexcept { return waiting_.load(); }

 private:
  alignas(64) std::atomic<std::uint32_t> waiting_{0};
  std::atomic<Ticket> tickets_{0};
};

}  // namespace weir::proxy
