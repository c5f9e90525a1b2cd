#pragma once

#include "config/config.h"
#include "proxy/session_state.h"

#include <cstdint>
#include <string_view>

namespace weir::proxy {

/// One line for a session that has ended, handed to the log thread, which alone may wait for a disk
/// or a pipe. Any reactor.
void write_access_line(config::AccessLogFormat format, const SessionState& session,
                       std::string_view listener, std::string_view pool, std::string_view backend,
                       base::TimePoint now) noexcept;

}  // namespace weir::proxy
