#pragma once

#include "base/log_sink.h"

#include <string>

namespace weir::base::log {

/// Where access lines go.
struct AccessTarget {
  SinkPtr sink;         ///< null when it cannot be had
  std::string problem;  ///< why; or, beside a sink, that nobody receives its datagrams yet
};

/// Opens "stderr", a path, which is appended to, or "unix:/path", a socket that takes datagrams.
[[nodiscard]] AccessTarget open_access_target(const std::string& target);

}  // namespace weir::base::log
