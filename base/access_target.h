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
/// Any thread; may wait for a disk. A path may be a FIFO, but one whose reader stops holds up the
/// log thread, messages too, as a standard error that nobody reads does: lines are lost, and
/// counted.
[[nodiscard]] AccessTarget open_access_target(const std::string& target);

}  // namespace weir::base::log
