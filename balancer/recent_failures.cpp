#include "balancer/recent_failures.h"

namespace weir::balancer {

void RecentFailures::connect_failed(SlotNumber slot, base::TimePoint now) noexcept {
  if (failed_at_[slot] == kNever) ++count_;
  failed_at_[slot] = now;
}

void RecentFailures::connected(SlotNumber slot) noexcept {
  if (!has_failed(slot)) return;
  failed_at_[slot] = kNever;
  --count_;
}

}  // namespace weir::balancer
