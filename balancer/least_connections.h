#pragma once

#include "balancer/ranking.h"
#include "balancer/selector.h"

#include <memory>
#include <vector>

namespace weir::balancer {

/// The member with the fewest sessions for its weight, counted over all reactors: every pick sums
/// what each reactor publishes, where HAProxy contends for a tree (#881) and Envoy counts only its
/// own worker's. A session counts from its pick on, so a burst does not herd onto one member. The
/// load compared is what the member would have with this session, but 0 while it is idle, as in
/// HAProxy (lb_fwlc.c, fwlc_set_server_status_up); equal ones share by smooth weighted round robin,
/// as in nginx (ngx_stream_upstream_least_conn_module.c), so that sessions which come one at a time
/// do not all go to the heaviest.
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
    std::int64_t credit;  ///< of the round robin among equal ones
    bool failed;
  };

  static bool is_better(const Load& a, const Load& b) noexcept;
  Load& charge_best() noexcept;

  std::shared_ptr<const PoolSnapshot> pool_;
  const PublishedCounts& counts_;
  RecentFailures& failures_;
  std::vector<Load> loads_;  ///< members of weight above 0, in the snapshot's order
  Ranking<Load> ranking_;
};

}  // namespace weir::balancer
