#include "balancer/least_connections.h"

#include <algorithm>

namespace weir::balancer {

LeastConnections::LeastConnections(std::shared_ptr<const PoolSnapshot> pool,
                                   const PublishedCounts& counts, RecentFailures& failures,
                                   unsigned rotation)
    : pool_(std::move(pool)), counts_(counts), failures_(failures), rotation_(rotation) {
  for (std::uint32_t index = 0; index < pool_->members.size(); ++index) {
    const unsigned weight = pool_->members[index].weight;
    if (weight > 0) loads_.push_back({index, weight, 0, 0, false});
  }
  ranking_.reserve(loads_.size());
}

Candidates LeastConnections::pick(base::TimePoint now) {
  Candidates candidates;
  if (loads_.empty()) return candidates;
  const auto count = static_cast<std::uint32_t>(loads_.size());
  const std::uint32_t start = rotation_++ % count;
  const auto trial = failures_.take_trial(*pool_, now);
  ranking_.clear();
  for (std::uint32_t i = 0; i < count; ++i) {
    Load& load = loads_[i];
    load.turn = (i + count - start) % count;
    load.sessions = 0;
    const SlotNumber slot = pool_->members[load.index].slot;
    load.failed = failures_.has_failed(slot) && slot != trial;
    for (const auto* reactor : counts_) load.sessions += (*reactor)[slot].value();
    ranking_.push_back(&load);
  }
  // The load that the member would have with this session, compared without dividing.
  const auto better = [](const Load* a, const Load* b) {
    if (a->failed != b->failed) return b->failed;
    const std::int64_t left = (a->sessions + 1) * b->weight;
    const std::int64_t right = (b->sessions + 1) * a->weight;
    return left != right ? left < right : a->turn < b->turn;
  };
  const std::size_t wanted =
      std::min<std::size_t>({ranking_.size(), Candidates::kMax, pool_->settings.retries + 1u});
  std::partial_sort(ranking_.begin(), ranking_.begin() + static_cast<std::ptrdiff_t>(wanted),
                    ranking_.end(), better);
  for (std::size_t rank = 0; rank < wanted; ++rank)
    candidates.add(ranking_[rank]->index, pool_->members[ranking_[rank]->index].slot);
  return candidates;
}

}  // namespace weir::balancer
