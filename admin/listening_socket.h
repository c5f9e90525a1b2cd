#pragma once

#include "base/descriptor.h"
#include "base/endpoint.h"

#include <string>

namespace weir::admin {

/// A listening socket for the admin server, non-blocking and close-on-exec. When it cannot be had,
/// the descriptor is closed and `error` says why, with the address. The file of a unix socket that
/// nobody listens on any more is replaced.
[[nodiscard]] base::Descriptor bind_admin(const base::Endpoint& address, std::string& error);

}  // namespace weir::admin
