#pragma once

#include "balancer/slot_array.h"
#include "proxy/session_state.h"

#include <boost/lockfree/spsc_queue.hpp>

#include <atomic>
#include <functional>
#include <utility>

namespace weir::proxy {

struct FailureReport {
  PoolNumber pool;
  balancer::SlotNumber slot;
};

/// The backends on which a reactor's sessions fail, on their way to the control thread, which looks
/// at what the reactors publish about each. Owned by the server, one for each reactor.
class FailureReports {
 public:
  /// `wake` has collect() called on the control thread; it may throw std::bad_alloc.
  explicit FailureReports(std::function<void()> wake) : wake_(std::move(wake)) {}

  /// The reactor. A full queue, or no memory to wake with, loses it: the next failure tells again.
  void failed(FailureReport report) noexcept;

  /// The control thread.
  template <typename Look>
  void collect(Look look) {
    is_woken_.store(false, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    queue_.consume_all(look);
  }

 private:
  static constexpr std::size_t kRoom = 1024;

  std::function<void()> wake_;
  boost::lockfree::spsc_queue<FailureReport, boost::lockfree::capacity<kRoom>> queue_;
  std::atomic<bool> is_woken_{false};
};

}  // namespace weir::proxy
