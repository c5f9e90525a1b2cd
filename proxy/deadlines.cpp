#include "proxy/deadlines.h"

#include "base/check.h"

#include <algorithm>

namespace weir::proxy {

std::uint64_t Deadlines::tick_at_or_after(base::TimePoint time) const noexcept {
  if (time <= start_) return 0;
  const base::Duration tick = kTick;
  return static_cast<std::uint64_t>((time - start_ + tick - base::Duration(1)) / tick);
}

void Deadlines::set(Timed& entry, base::TimePoint due) noexcept {
  cancel(entry);
  size_.add();
  const std::uint64_t tick = std::clamp(tick_at_or_after(due), current_ + 1, current_ + kSlots - 1);
  slots_[tick % kSlots].push_back(entry);
  first_ = std::min(first_, tick);
}

void Deadlines::cancel(Timed& entry) noexcept {
  if (!entry.hook.is_linked()) return;
  entry.hook.unlink();
  size_.sub();
}

Timed* Deadlines::take_due(base::TimePoint now) noexcept {
  if (now < start_) return nullptr;
  const auto now_tick = static_cast<std::uint64_t>((now - start_) / base::Duration(kTick));
  // After a long pause every slot is past once; more than one turn would visit nothing new.
  if (now_tick > current_ + kSlots) current_ = now_tick - kSlots;
  while (due_.empty() && current_ < now_tick) {
    ++current_;
    due_.splice(due_.end(), slots_[current_ % kSlots]);
  }
  if (due_.empty()) return nullptr;
  Timed& entry = due_.front();
  due_.pop_front();
  size_.sub();
  return &entry;
}

std::optional<base::TimePoint> Deadlines::next() noexcept {
  if (!due_.empty()) return time_of(current_);
  if (size_.value() == 0) return {};
  first_ = std::max(first_, current_ + 1);
  for (; slots_[first_ % kSlots].empty(); ++first_)
    WEIR_CHECK(first_ < current_ + kSlots);  // one is not: size_
  return time_of(first_);
}

}  // namespace weir::proxy
