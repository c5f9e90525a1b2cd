#pragma once

#include "balancer/backend_probes.h"
#include "proxy/admission.h"
#include "proxy/engine.h"
#include "proxy/outcomes.h"
#include "proxy/places.h"
#include "proxy/pool_view.h"
#include "proxy/session_state.h"
#include "proxy/task.h"

namespace weir::proxy {

/// Connects a session to the first of its candidates that accepts: a pick and an attempt each, each
/// with the pool's connect timeout, every attempt counted. No byte of the client has been sent
/// before, so the next candidate is always safe. A client that leaves meanwhile ends it at once.
/// Owned by the reactor, used on its thread.
class Connector {
 public:
  struct Outcome {
    bool connected = false;
    CloseReason reason;  ///< when it is not
  };

  Connector(Engine& engine, balancer::BackendProbes& backends, Outcomes& outcomes, Places& places,
            Admission& admission) noexcept
      : engine_(engine),
        backends_(backends),
        outcomes_(outcomes),
        places_(places),
        admission_(admission) {}

  /// Leaves the session with its upstream side connected and watched, and counted in `slot`.
  Task<Outcome> connect(Session& session, PoolView& pool);

 private:
  /// How one attempt went: connected, an error of the attempt, or an end of the whole session.
  struct Attempt {
    enum class Result : std::uint8_t { connected, failed, client_gone, stopping } result;
    balancer::ConnectError error = balancer::ConnectError::other;
  };

  Task<Attempt> attempt(Session& session, base::Endpoint endpoint,
                        std::chrono::milliseconds timeout);
  void warn_of_no_backend(const Session& session, PoolView& pool, CloseReason reason) noexcept;
  void note_failure(Session& session, balancer::ConnectError error,
                    base::Duration took) const noexcept;
  void warn_of_no_place(PoolView& pool, CloseReason reason) noexcept;
  int open_socket(Session& session, const base::Endpoint& endpoint) noexcept;
  void count_in(Session& session, balancer::SlotNumber slot) noexcept;
  void count_out(Session& session) noexcept;

  Engine& engine_;
  balancer::BackendProbes& backends_;
  Outcomes& outcomes_;
  Places& places_;
  Admission& admission_;
};

}  // namespace weir::proxy
