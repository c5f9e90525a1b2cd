#pragma once

#include "base/descriptor.h"

#include <memory>

namespace spdlog::sinks {
class sink;
}

namespace weir::base::log {

using SinkPtr = std::shared_ptr<spdlog::sinks::sink>;

/// How a sink prints a line: as people read it, time (UTC) and level first, or the text alone.
enum class LineFormat { stamped, bare };

/// A sink that gathers lines and writes them with one system call at flush(), which throws when
/// the write fails. spdlog's own stderr sink makes one call for each line.
[[nodiscard]] SinkPtr make_stderr_sink(LineFormat format);
[[nodiscard]] SinkPtr make_file_sink(Descriptor file, LineFormat format);

}  // namespace weir::base::log
