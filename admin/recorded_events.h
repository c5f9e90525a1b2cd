#pragma once

#include "proxy/server.h"

#include <cstddef>
#include <string>

namespace weir::admin {

/// The answer of /api/v1/reactors/N/events: what the reactor is doing, and its last events as its
/// flight recorder has them, oldest first. Any thread.
std::string recorded_events_json(const proxy::Reactor& reactor,
                                 std::size_t most = proxy::Recorder::kEvents);

}  // namespace weir::admin
