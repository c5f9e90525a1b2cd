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

std::optional<SlotNumber> RecentFailures::take_trial(const PoolSnapshot& pool,
                                                     base::TimePoint now) noexcept {
  if (count_ == 0) return {};
  const Member* longest_ago = nullptr;
  for (const Member& member : pool.members) {
    if (!has_failed(member.slot) || now - failed_at_[member.slot] < kTrialInterval) continue;
    if (longest_ago == nullptr || failed_at_[member.slot] < failed_at_[longest_ago->slot])
      longest_ago = &member;
  }
  if (longest_ago == nullptr) return {};
  failed_at_[longest_ago->slot] = now;
  return longest_ago->slot;
}

}  // namespace weir::balancer
