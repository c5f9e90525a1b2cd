#include "balancer/round_robin.h"

#include "base/check.h"

#include <utility>

namespace weir::balancer {

RoundRobin::RoundRobin(std::shared_ptr<const PoolSnapshot> pool, RecentFailures& failures,
                       unsigned rotation)
    : pool_(std::move(pool)), failures_(failures), ranking_(pool_->members.size()) {
  for (std::uint32_t index = 0; index < pool_->members.size(); ++index) {
    const unsigned weight = pool_->members[index].weight;
    if (weight == 0) continue;
    credits_.push_back({index, weight, 0, false});
  }
  if (credits_.empty()) return;
  for (unsigned skip = rotation % credits_.size(); skip > 0; --skip) charge_best();
}

RoundRobin::Credit& RoundRobin::charge_best() noexcept {
  Credit* best = nullptr;  // mark_failed() leaves one that takes part
  std::int64_t weight_sum = 0;
  for (Credit& credit : credits_) {
    if (credit.failed) continue;
    credit.credit += credit.weight;
    weight_sum += credit.weight;
    if (best == nullptr || credit.credit > best->credit) best = &credit;
  }
  WEIR_CHECK(best != nullptr);
  best->credit -= weight_sum;
  return *best;
}

/// Members that failed take no part in the rotation, or whoever follows one would get its share
/// too. When all have failed, all take part.
void RoundRobin::mark_failed(base::TimePoint now) noexcept {
  const auto trial = failures_.take_trial(*pool_, now);
  std::size_t failed = 0;
  for (Credit& credit : credits_) {
    const SlotNumber slot = pool_->members[credit.index].slot;
    credit.failed = failures_.has_failed(slot) && slot != trial;
    failed += credit.failed ? 1 : 0;
  }
  if (failed < credits_.size()) return;
  for (Credit& credit : credits_) credit.failed = false;
}

Candidates RoundRobin::pick(base::TimePoint now) {
  if (credits_.empty()) return {};
  mark_failed(now);
  const Credit& best = charge_best();
  return ranking_.candidates(*pool_, credits_, best, [](const Credit& a, const Credit& b) {
    return a.failed != b.failed ? b.failed : a.credit > b.credit;
  });
}

}  // namespace weir::balancer
