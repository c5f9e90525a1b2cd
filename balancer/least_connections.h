#pragma once

#include "balancer/credits.h"
#include "balancer/roster.h"
#include "balancer/selector.h"
#include "balancer/session_counts.h"

#include <memory>

namespace weir::balancer {

/// The member with the fewest sessions for its weight, counted over all reactors: every pick sums
/// what each reactor publishes, where HAProxy contends for a tree (#881) and Envoy counts only its
/// own worker's. The load compared is what the member would have with this session, but 0 while it
/// is idle, as in HAProxy (lb_fwlc.c, fwlc_set_server_status_up); equal ones share by smooth
/// weighted round robin, as in nginx (ngx_stream_upstream_least_conn_module.c), so that sessions
/// which come one at a time do not all go to the heaviest.
class LeastConnections final : public Selector {
 public:
  LeastConnections(std::shared_ptr<const PoolSnapshot> pool, const Published& published,
                   PickMemory& memory, unsigned rotation)
      : roster_(std::move(pool), memory.failures),
        counts_(roster_, published),
        credits_(roster_, memory, rotation) {}
  std::optional<std::uint32_t> pick(const PickRequest& request) override;
  void leave() noexcept override { credits_.leave(); }

 private:
  Roster roster_;
  SessionCounts counts_;
  Credits credits_;
};

}  // namespace weir::balancer
