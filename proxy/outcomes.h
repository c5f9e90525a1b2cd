#pragma once

#include "balancer/backend_probes.h"
#include "proxy/failure_reports.h"
#include "proxy/pool_view.h"
#include "proxy/session_state.h"

namespace weir::proxy {

/// What sessions tell about their backends, for passive health. A session fails when it cannot
/// connect, or when the backend closes within kEarly without having sent a byte; it succeeds with
/// the first byte, or when its client is content without one. What ends otherwise says nothing.
/// Owned by the reactor, used on its thread.
class Outcomes {
 public:
  static constexpr base::Duration kEarly = std::chrono::seconds(1);

  Outcomes(balancer::BackendProbes& backends, FailureReports& reports) noexcept
      : backends_(backends), reports_(reports) {}

  void failed(const PoolView& pool, PoolNumber number, balancer::SlotNumber slot,
              base::TimePoint now) noexcept {
    backends_.streaks[slot].failed(now);
    if (pool.snapshot->settings.eject_after > 0) reports_.failed({number, slot});
  }
  void succeeded(balancer::SlotNumber slot, base::TimePoint now) noexcept {
    backends_.streaks[slot].succeeded(now);
  }
  /// A connected session has ended.
  void ended(const Session& session, const PoolView& pool, base::TimePoint now) noexcept {
    if (session.answered) return;  // told already
    const CloseReason reason = session.reason;
    if (reason.who == Who::backend && now - session.asked_at < kEarly)
      failed(pool, session.pool, session.slot, now);
    else if (reason.who == Who::client && reason.how == How::fin)
      succeeded(session.slot, now);
  }

 private:
  balancer::BackendProbes& backends_;
  FailureReports& reports_;
};

}  // namespace weir::proxy
