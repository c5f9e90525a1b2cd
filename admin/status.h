#pragma once

#include "proxy/server.h"

#include <string>

namespace weir::admin {

/// The answer of /api/v1/status: version, state, reactors, listeners, pools with their backends.
/// Reads published counters only. Any thread.
std::string status_json(const proxy::Server& server, bool draining);
/// The answer of /api/v1/pools: the pools alone.
std::string pools_json(const proxy::Server& server);

}  // namespace weir::admin
