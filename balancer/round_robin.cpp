#include "balancer/round_robin.h"

#include "base/check.h"

#include <algorithm>

namespace weir::balancer {

RoundRobin::RoundRobin(std::shared_ptr<const PoolSnapshot> pool, RecentFailures& failures,
                       unsigned rotation)
    : pool_(std::move(pool)), failures_(failures) {
  for (std::uint32_t index = 0; index < pool_->members.size(); ++index) {
    const unsigned weight = pool_->members[index].weight;
    if (weight == 0) continue;
    credits_.push_back({index, weight, 0, false});
  }
  ranking_.reserve(credits_.size());
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
  Candidates candidates;
  if (credits_.empty()) return candidates;
  mark_failed(now);
  const Credit& best = charge_best();
  candidates.add(best.index, pool_->members[best.index].slot);

  ranking_.clear();
  for (const Credit& credit : credits_)
    if (&credit != &best) ranking_.push_back(&credit);
  const std::size_t wanted =
      std::min<std::size_t>({ranking_.size(), Candidates::kMax - 1, pool_->settings.retries});
  const auto better = [](const Credit* a, const Credit* b) {
    return a->failed != b->failed ? b->failed : a->credit > b->credit;
  };
  std::partial_sort(ranking_.begin(), ranking_.begin() + static_cast<std::ptrdiff_t>(wanted),
                    ranking_.end(), better);
  for (std::size_t rank = 0; rank < wanted; ++rank)
    candidates.add(ranking_[rank]->index, pool_->members[ranking_[rank]->index].slot);
  return candidates;
}

}  // namespace weir::balancer
