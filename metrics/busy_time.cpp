#include "metrics/busy_time.h"

#include <algorithm>

namespace weir::metrics {

using base::Duration;
using base::TimePoint;

BusyTime::BusyTime(TimePoint start) noexcept {
  const Duration::rep time = start.time_since_epoch().count();
  since_.set(time);
  older_.time.set(time);
  newer_.time.set(time);
}

void BusyTime::entered(TimePoint now) noexcept {
  if (!in_handler_.get()) change_phase(true, now);
}

Duration BusyTime::left(TimePoint now) noexcept {
  if (!in_handler_.get()) return Duration::zero();
  const Duration busy(now.time_since_epoch().count() - since_.get());
  change_phase(false, now);
  return busy;
}

void BusyTime::change_phase(bool in_handler, TimePoint now) noexcept {
  const std::uint32_t sequence = sequence_.load(std::memory_order_relaxed);
  sequence_.store(sequence + 1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);

  const Duration::rep time = now.time_since_epoch().count();
  Shared<Duration::rep>& total = in_handler_.get() ? busy_ : idle_;
  total.set(total.get() + time - since_.get());
  since_.set(time);
  in_handler_.set(in_handler);
  if (time - newer_.time.get() >= kWindow.count()) {
    older_.time.set(newer_.time.get());
    older_.busy.set(newer_.busy.get());
    newer_.time.set(time);
    newer_.busy.set(busy_.get());
  }

  sequence_.store(sequence + 2, std::memory_order_release);
}

BusyTime::State BusyTime::state() const noexcept {
  for (;;) {
    const std::uint32_t before = sequence_.load(std::memory_order_acquire);
    const State state{in_handler_.get(), since_.get(),      busy_.get(),
                      idle_.get(),       older_.time.get(), older_.busy.get()};
    std::atomic_thread_fence(std::memory_order_acquire);
    const bool is_whole = sequence_.load(std::memory_order_relaxed) == before && before % 2 == 0;
    if (is_whole) return state;
  }
}

BusyTime::Reading BusyTime::read(TimePoint now) const noexcept {
  State state = this->state();
  const Duration::rep time = std::max(now.time_since_epoch().count(), state.since);
  (state.in_handler ? state.busy : state.idle) += time - state.since;
  Reading reading{Duration(state.busy), Duration(state.idle), 0};
  const Duration::rep window = time - state.mark_time;
  if (window > 0)
    reading.recent_share =
        static_cast<double>(state.busy - state.mark_busy) / static_cast<double>(window);
  return reading;
}

}  // namespace weir::metrics
