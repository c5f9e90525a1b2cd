#include "metrics/busy_time.h"

#include <algorithm>

namespace weir::metrics {

using base::Duration;
using base::TimePoint;

BusyTime::BusyTime(TimePoint start) noexcept : start_(start) {
  older_.time.store(start, std::memory_order_relaxed);
  newer_.time.store(start, std::memory_order_relaxed);
}

void BusyTime::mark(TimePoint now) noexcept {
  if (now - newer_.time.load(std::memory_order_relaxed) < kWindow - kWindow / 4) return;
  const std::uint32_t sequence = sequence_.load(std::memory_order_relaxed);
  sequence_.store(sequence + 1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  older_.time.store(newer_.time.load(std::memory_order_relaxed), std::memory_order_relaxed);
  older_.busy.store(newer_.busy.load(std::memory_order_relaxed), std::memory_order_relaxed);
  newer_.time.store(now, std::memory_order_relaxed);
  newer_.busy.store(busy_.total(now), std::memory_order_relaxed);
  sequence_.store(sequence + 2, std::memory_order_release);
}

/// The busy time of the mark is at most that which is read after it; that may be of a later moment
/// than `now`, and is bounded by it.
BusyTime::Reading BusyTime::read(TimePoint now) const noexcept {
  for (;;) {
    const std::uint32_t before = sequence_.load(std::memory_order_acquire);
    const TimePoint mark_time = older_.time.load(std::memory_order_relaxed);
    const Duration mark_busy = older_.busy.load(std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_acquire);
    if (before % 2 != 0 || sequence_.load(std::memory_order_relaxed) != before) continue;
    const Duration window = std::max(now, mark_time) - mark_time;
    const Duration busy = std::clamp(busy_.total(now), mark_busy, mark_busy + window);
    Reading reading{busy, mark_time + window - start_ - busy, 0};
    if (window > Duration::zero())
      reading.recent_share =
          std::chrono::duration<double>(busy - mark_busy) / std::chrono::duration<double>(window);
    return reading;
  }
}

}  // namespace weir::metrics
