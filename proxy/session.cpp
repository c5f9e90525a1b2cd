#include "proxy/session.h"

#include "base/fault_point.h"

namespace weir::proxy {

Detached run_session(Engine& engine, Connector& connector, PoolView& pool, Session& session) {
  try {
    WEIR_FAULT_POINT("session.establish");
    const bool watched = engine.watch(session, Engine::SideName::downstream);
    if (!watched) {
      engine.end(session, {Who::weir, How::error, Phase::accept}, true);
      co_return;
    }
    // Pick a backend and connect to it: candidates in order, until one accepts.
    const Connector::Outcome outcome = co_await connector.connect(session, pool);
    if (!outcome.connected) {
      engine.end(session, outcome.reason, true);
      co_return;
    }
    // Relay both ways until both streams have ended, or a side resets, or a deadline passes:
    // proxy/relay.cpp decides how it ends, proxy/accounts.cpp writes that down.
    session.idle_timeout = pool.snapshot->settings.idle_timeout;
    session.half_close_timeout = pool.snapshot->settings.half_close_timeout;
    engine.start_relay(session);
  } catch (const std::exception& exception) {
    engine.fault(session, exception.what());
  } catch (...) {
    engine.fault(session, "unknown exception");
  }
}

}  // namespace weir::proxy
