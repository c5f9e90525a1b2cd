#pragma once

#include "config/config.h"

namespace weir {

/// `weir healthcheck`, for a container: asks /healthz of the admin server. 0 when it answers 200.
int healthcheck(const config::Config& config);

}  // namespace weir
