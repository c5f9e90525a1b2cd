#include "metrics/busy_time.h"

#include <algorithm>

namespace weir::metrics {

using base::Duration;
using base::TimePoint;

BusyTime::BusyTime(TimePoint start) noexcept : start_(ticks(start)) {
  older_.time.store(start_, std::memory_order_relaxed);
  newer_.time.store(start_, std::memory_order_relaxed);
}

void BusyTime::mark(TimePoint now) noexcept {
  const Rep time = ticks(now);
  if (time - newer_.time.load(std::memory_order_relaxed) < kWindow.count()) return;
  const Rep busy = busy_at(time, word_.load(std::memory_order_relaxed));
  const std::uint32_t sequence = sequence_.load(std::memory_order_relaxed);
  sequence_.store(sequence + 1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  older_.time.store(newer_.time.load(std::memory_order_relaxed), std::memory_order_relaxed);
  older_.busy.store(newer_.busy.load(std::memory_order_relaxed), std::memory_order_relaxed);
  newer_.time.store(time, std::memory_order_relaxed);
  newer_.busy.store(busy, std::memory_order_relaxed);
  sequence_.store(sequence + 2, std::memory_order_release);
}

/// The busy time of the mark is at most that of the word, which is read after it.
BusyTime::Reading BusyTime::read(TimePoint now) const noexcept {
  for (;;) {
    const std::uint32_t before = sequence_.load(std::memory_order_acquire);
    const Rep mark_time = older_.time.load(std::memory_order_relaxed);
    const Rep mark_busy = older_.busy.load(std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_acquire);
    if (before % 2 != 0 || sequence_.load(std::memory_order_relaxed) != before) continue;
    const Rep time = std::max(ticks(now), mark_time);
    const Rep busy = std::max(busy_at(time, word_.load(std::memory_order_relaxed)), mark_busy);
    Reading reading{Duration(busy), Duration(time - start_ - busy), 0};
    const Rep window = time - mark_time;
    if (window > 0)
      reading.recent_share = static_cast<double>(busy - mark_busy) / static_cast<double>(window);
    return reading;
  }
}

}  // namespace weir::metrics
