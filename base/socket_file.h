#pragma once

#include "base/endpoint.h"

namespace weir::base {

/// Before a unix socket is bound: removes the file that a process left behind when it died, because
/// bind(2) will not have it. Connecting tells whether somebody still listens. A file of another
/// kind refuses connections too, and is never ours to remove.
void remove_stale_socket_file(const Endpoint& endpoint) noexcept;

}  // namespace weir::base
