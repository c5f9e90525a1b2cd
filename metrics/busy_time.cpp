#include "metrics/busy_time.h"

#include <algorithm>

namespace weir::metrics {

using base::Duration;
using base::TimePoint;

BusyTime::BusyTime(TimePoint start) noexcept
    : since_(start.time_since_epoch().count()), start_(start.time_since_epoch().count()) {
  older_.time.store(start_, std::memory_order_relaxed);
  newer_.time.store(start_, std::memory_order_relaxed);
}

void BusyTime::mark(Rep time, Rep busy) noexcept {
  const std::uint32_t sequence = sequence_.load(std::memory_order_relaxed);
  sequence_.store(sequence + 1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  older_.time.store(newer_.time.load(std::memory_order_relaxed), std::memory_order_relaxed);
  older_.busy.store(newer_.busy.load(std::memory_order_relaxed), std::memory_order_relaxed);
  newer_.time.store(time, std::memory_order_relaxed);
  newer_.busy.store(busy, std::memory_order_relaxed);
  sequence_.store(sequence + 2, std::memory_order_release);
}

/// The moment is read after the word and belongs to it as long as the word is the same after that:
/// it is stored before, so what is read here is at least as new.
BusyTime::State BusyTime::state() const noexcept {
  for (;;) {
    const std::uint32_t before = sequence_.load(std::memory_order_acquire);
    const Rep mark_time = older_.time.load(std::memory_order_relaxed);
    const Rep mark_busy = older_.busy.load(std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_acquire);
    const bool is_whole = sequence_.load(std::memory_order_relaxed) == before && before % 2 == 0;
    const Rep word = word_.load(std::memory_order_acquire);
    const Rep since = since_.load(std::memory_order_acquire);
    if (is_whole && word_.load(std::memory_order_relaxed) == word)
      return {word, since, mark_time, mark_busy};
  }
}

BusyTime::Reading BusyTime::read(TimePoint now) const noexcept {
  const State state = this->state();
  const Rep time = std::max(now.time_since_epoch().count(), state.since);
  const Rep busy = busy_at(time, state.word);
  Reading reading{Duration(busy), Duration(time - start_ - busy), 0};
  const Rep window = time - state.mark_time;
  if (window > 0)
    reading.recent_share =
        static_cast<double>(busy - state.mark_busy) / static_cast<double>(window);
  return reading;
}

}  // namespace weir::metrics
