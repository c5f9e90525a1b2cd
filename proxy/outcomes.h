#pragma once

#include "balancer/backend_probes.h"
#include "balancer/published.h"
#include "proxy/failure_reports.h"
#include "proxy/pool_view.h"
#include "proxy/relay.h"
#include "proxy/session_state.h"

namespace weir::proxy {

/// What sessions tell about their backends, for passive health. A session fails when it cannot
/// connect, or when its backend closes early (kEarlyClose); it succeeds with the first byte, or
/// when it has lasted longer than that without one. Owned by the reactor, used on its thread.
class Outcomes {
 public:
  Outcomes(balancer::BackendProbes& backends, FailureReports& reports) noexcept
      : backends_(backends), reports_(reports) {}

  void failed(const PoolView& pool, PoolNumber number, balancer::SlotNumber slot,
              base::TimePoint now) noexcept {
    backends_.streaks[slot].failed(now, last_success(published_->streaks, slot));
    if (pool.snapshot->settings.eject_after > 0) reports_.failed({number, slot});
  }
  void succeeded(balancer::SlotNumber slot, base::TimePoint now) noexcept {
    backends_.streaks[slot].succeeded(now);
  }
  /// A connected session has ended.
  void ended(const Session& session, const PoolView& pool, base::TimePoint now) noexcept {
    if (session.answered) return;  // told already
    if (session.closed_early)
      failed(pool, session.pool, session.slot, now);
    else if (now - session.asked_at >= kEarlyClose)
      succeeded(session.slot, now);
  }
  /// Before the reactor starts.
  void set_published(const balancer::Published& published) noexcept { published_ = &published; }

 private:
  balancer::BackendProbes& backends_;
  FailureReports& reports_;
  const balancer::Published* published_ = nullptr;
};

}  // namespace weir::proxy
