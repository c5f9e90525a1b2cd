#include "balancer/session_counts.h"

#include <algorithm>

namespace weir::balancer {

SessionCounts::SessionCounts(const Roster& roster, const Published& published)
    : reactors_(published.sessions.size()), sums_(roster.size()) {
  counters_.reserve(roster.size() * reactors_);
  for (std::size_t place = 0; place < roster.size(); ++place) {
    const SlotNumber slot = roster[place].slot;
    const bool goes_on = place > 0 && slot == roster[place - 1].slot + 1 &&
                         slot % SlotArray<metrics::Gauge>::kChunkSlots != 0;
    if (goes_on)
      ++runs_.back().count;
    else
      runs_.push_back({place, 1});
    for (const auto* reactor : published.sessions) counters_.push_back(&(*reactor)[slot]);
  }
  for (const auto* reactor : published.sessions)
    for (const Run& run : runs_) firsts_.push_back(&(*reactor)[roster[run.place].slot]);
}

std::int64_t SessionCounts::of(std::size_t place) const noexcept {
  std::int64_t sum = 0;
  for (std::size_t reactor = 0; reactor < reactors_; ++reactor)
    sum += counters_[place * reactors_ + reactor]->value();
  return sum;
}

/// Lines that another reactor has just written come from its core: asked for together, they come
/// together.
void SessionCounts::fetch() const noexcept {
  constexpr std::size_t kPerLine = 64 / sizeof(metrics::Gauge);
  auto first = firsts_.begin();
  for (std::size_t reactor = 0; reactor < reactors_; ++reactor)
    for (const Run& run : runs_) {
      const metrics::Gauge* const counts = *first++;
      for (std::size_t i = 0; i < run.count; i += kPerLine) __builtin_prefetch(counts + i);
    }
}

std::span<const std::int64_t> SessionCounts::sum() noexcept {
  fetch();
  std::fill(sums_.begin(), sums_.end(), 0);
  const std::size_t runs = runs_.size();
  for (std::size_t number = 0; number < runs; ++number) {
    const Run& run = runs_[number];
    std::int64_t* const sums = &sums_[run.place];
    std::size_t reactor = 0;
    for (; reactor + 3 < reactors_; reactor += 4) {
      const metrics::Gauge* const a = firsts_[reactor * runs + number];
      const metrics::Gauge* const b = firsts_[(reactor + 1) * runs + number];
      const metrics::Gauge* const c = firsts_[(reactor + 2) * runs + number];
      const metrics::Gauge* const d = firsts_[(reactor + 3) * runs + number];
      for (std::size_t i = 0; i < run.count; ++i)
        sums[i] += a[i].value() + b[i].value() + c[i].value() + d[i].value();
    }
    for (; reactor < reactors_; ++reactor) {
      const metrics::Gauge* const counts = firsts_[reactor * runs + number];
      for (std::size_t i = 0; i < run.count; ++i) sums[i] += counts[i].value();
    }
  }
  return sums_;
}

}  // namespace weir::balancer
