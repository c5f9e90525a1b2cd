#include "balancer/round_robin.h"

#include <algorithm>

namespace weir::balancer {

RoundRobin::RoundRobin(std::shared_ptr<const PoolSnapshot> pool, unsigned rotation)
    : pool_(std::move(pool)) {
  for (std::uint32_t index = 0; index < pool_->members.size(); ++index) {
    const unsigned weight = pool_->members[index].weight;
    if (weight == 0) continue;
    credits_.push_back({index, weight, 0});
    weight_sum_ += weight;
  }
  ranking_.reserve(credits_.size());
  if (credits_.empty()) return;
  for (unsigned skip = rotation % credits_.size(); skip > 0; --skip) charge_best();
}

RoundRobin::Credit& RoundRobin::charge_best() noexcept {
  Credit* best = nullptr;
  for (Credit& credit : credits_) {
    credit.credit += credit.weight;
    if (best == nullptr || credit.credit > best->credit) best = &credit;
  }
  best->credit -= weight_sum_;
  return *best;
}

Candidates RoundRobin::pick() {
  Candidates candidates;
  if (credits_.empty()) return candidates;
  const Credit& best = charge_best();
  candidates.add(best.index, pool_->members[best.index].slot);

  ranking_.clear();
  for (const Credit& credit : credits_)
    if (&credit != &best) ranking_.push_back(&credit);
  const std::size_t wanted =
      std::min<std::size_t>({ranking_.size(), Candidates::kMax - 1, pool_->settings.retries});
  std::partial_sort(ranking_.begin(), ranking_.begin() + static_cast<std::ptrdiff_t>(wanted),
                    ranking_.end(),
                    [](const Credit* a, const Credit* b) { return a->credit > b->credit; });
  for (std::size_t rank = 0; rank < wanted; ++rank)
    candidates.add(ranking_[rank]->index, pool_->members[ranking_[rank]->index].slot);
  return candidates;
}

}  // namespace weir::balancer
