#pragma once

#include "base/endpoint.h"
#include "config/config.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace weir {

inline constexpr int kExitStart = 1;  ///< something could not be bound: nothing was started

/// Where a server came to listen, told before it accepts.
struct Serving {
  base::Endpoint first_listener;
  std::optional<base::Endpoint> admin;
};

/// Runs the proxy until a signal has drained it. SIGTERM and SIGINT drain: readiness goes off,
/// drain_delay passes, the listeners close, sessions end until drain_timeout, the rest is reset. A
/// second one resets at once. SIGHUP is logged and ignored. Returns the exit code: 0 after a drain,
/// whether or not sessions had to be reset (they are counted and logged).
int serve(const config::Config& config, const std::vector<std::string>& warnings,
          const std::function<void(const Serving&)>& started = {});

}  // namespace weir
