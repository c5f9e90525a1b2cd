#pragma once

#include "proxy/connector.h"
#include "proxy/engine.h"
#include "proxy/pool_view.h"
#include "proxy/session_state.h"
#include "proxy/task.h"

namespace weir::proxy {

/// The story of one session, from a watched client to the relay: see session.cpp. Its frame ends
/// before the first byte is relayed; from there on the engine and proxy/relay go on with the plain
/// state. On the reactor's thread.
Detached run_session(Engine& engine, Connector& connector, PoolView& pool, Session& session);

}  // namespace weir::proxy
