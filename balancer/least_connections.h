#pragma once

#include "balancer/selector.h"

#include <memory>
#include <vector>

namespace weir::balancer {

/// The member with the fewest sessions for its weight, counted over all reactors: every pick sums
/// what each reactor publishes, where HAProxy contends for a tree (#881) and Envoy counts only its
/// own worker's. A session counts from its pick on, so a burst does not herd onto one member.
/// Equal ones go in rotation.
class LeastConnections final : public Selector {
 public:
  LeastConnections(std::shared_ptr<const PoolSnapshot> pool, const PublishedCounts& counts,
                   RecentFailures& failures, unsigned rotation);
  Candidates pick(base::TimePoint now) override;

 private:
  struct Load {
    std::uint32_t index;
    std::int64_t weight;
    std::int64_t sessions;
    std::uint32_t turn;  ///< distance from the rotation's present start
    bool failed;
  };

  std::shared_ptr<const PoolSnapshot> pool_;
  const PublishedCounts& counts_;
  RecentFailures& failures_;
  std::vector<Load> loads_;  ///< members of weight above 0, in the snapshot's order
  std::vector<const Load*> ranking_;
  std::uint32_t rotation_;
};

}  // namespace weir::balancer
