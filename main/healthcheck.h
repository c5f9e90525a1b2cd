#pragma once

#include "config/command_line.h"

namespace weir {

/// `weir healthcheck`, for a container: asks /healthz of the admin server. 0 when it answers 200.
int healthcheck(const config::CommandLine& command_line);

}  // namespace weir
