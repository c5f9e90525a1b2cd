#include "balancer/least_connections.h"

#include "base/check.h"

#include <utility>

namespace weir::balancer {

LeastConnections::LeastConnections(std::shared_ptr<const PoolSnapshot> pool,
                                   const PublishedCounts& counts, RecentFailures& failures,
                                   unsigned rotation)
    : pool_(std::move(pool)),
      counts_(counts),
      failures_(failures),
      ranking_(pool_->members.size()) {
  for (std::uint32_t index = 0; index < pool_->members.size(); ++index) {
    const unsigned weight = pool_->members[index].weight;
    if (weight > 0) loads_.push_back({index, weight, 0, 0, false});
  }
  if (loads_.empty()) return;
  for (unsigned skip = rotation % loads_.size(); skip > 0; --skip) charge_best();
}

/// Compared without dividing.
bool LeastConnections::is_better(const Load& a, const Load& b) noexcept {
  if (a.failed != b.failed) return b.failed;
  const auto with_this = [](const Load& load) { return load.sessions > 0 ? load.sessions + 1 : 0; };
  return with_this(a) * b.weight < with_this(b) * a.weight;
}

/// Of the best ones, which may be many, the one whose turn it is.
LeastConnections::Load& LeastConnections::charge_best() noexcept {
  const Load* least = &loads_.front();
  for (const Load& load : loads_)
    if (is_better(load, *least)) least = &load;
  const Load lowest = *least;
  Load* chosen = nullptr;
  std::int64_t weight_sum = 0;
  for (Load& load : loads_) {
    if (is_better(lowest, load)) continue;
    load.credit += load.weight;
    weight_sum += load.weight;
    if (chosen == nullptr || load.credit > chosen->credit) chosen = &load;
  }
  WEIR_CHECK(chosen != nullptr);
  chosen->credit -= weight_sum;
  return *chosen;
}

Candidates LeastConnections::pick(base::TimePoint now) {
  if (loads_.empty()) return {};
  const auto trial = failures_.take_trial(*pool_, now);
  for (Load& load : loads_) {
    const SlotNumber slot = pool_->members[load.index].slot;
    load.failed = failures_.has_failed(slot) && slot != trial;
    load.sessions = 0;
    for (const auto* reactor : counts_) load.sessions += (*reactor)[slot].value();
  }
  const Load& best = charge_best();
  return ranking_.candidates(*pool_, loads_, best, [](const Load& a, const Load& b) {
    if (is_better(a, b)) return true;
    return !is_better(b, a) && a.credit > b.credit;
  });
}

}  // namespace weir::balancer
