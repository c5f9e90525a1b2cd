#include "proxy/failure_reports.h"

#include <new>

namespace weir::proxy {

/// Either collect() sees what was pushed, or this sees that it has to wake it: each writes, fences,
/// then reads what the other wrote.
void FailureReports::failed(FailureReport report) noexcept {
  queue_.push(report);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (is_woken_.load(std::memory_order_relaxed)) return;
  is_woken_.store(true, std::memory_order_relaxed);
  try {
    wake_();
  } catch (const std::bad_alloc&) {
    is_woken_.store(false, std::memory_order_relaxed);
  }
}

}  // namespace weir::proxy
