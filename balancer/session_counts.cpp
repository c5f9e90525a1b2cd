#include "balancer/session_counts.h"

#include <algorithm>

namespace weir::balancer {

SessionCounts::SessionCounts(const Roster& roster, const Published& published)
    : reactors_(published.sessions.size()), sums_(roster.size()) {
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

std::span<const std::int64_t> SessionCounts::sum() noexcept {
  std::fill(sums_.begin(), sums_.end(), 0);
  auto first = firsts_.begin();
  for (std::size_t reactor = 0; reactor < reactors_; ++reactor)
    for (const Run& run : runs_) {
      const metrics::Gauge* const counts = *first++;
      for (std::size_t i = 0; i < run.count; ++i) sums_[run.place + i] += counts[i].value();
    }
  return sums_;
}

}  // namespace weir::balancer
