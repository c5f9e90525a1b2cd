#pragma once

#include "base/descriptor.h"
#include "base/endpoint.h"

#include <cstddef>
#include <memory>
#include <system_error>

namespace spdlog::sinks {
class sink;
}

namespace weir::base::log {

using SinkPtr = std::shared_ptr<spdlog::sinks::sink>;

/// How a sink prints a line: as people read it, time (UTC) and level first, or the text alone.
enum class LineFormat { stamped, bare };

/// What a sink's flush() throws: so many of the lines that it had gathered are lost, and why.
class LinesLost final : public std::system_error {
 public:
  LinesLost(std::size_t count, int error)
      : std::system_error(error, std::generic_category()), count_(count) {}
  [[nodiscard]] std::size_t count() const noexcept { return count_; }

 private:
  std::size_t count_;
};

/// A sink that gathers lines and writes them with one system call at flush(). spdlog's own stderr
/// sink makes one call for each line. After a write that ended within a line, the next begins a new
/// one.
[[nodiscard]] SinkPtr make_stderr_sink(LineFormat format);
[[nodiscard]] SinkPtr make_file_sink(Descriptor file, LineFormat format);

/// A sink that sends each line as a datagram to that unix socket, as syslog and
/// journald have one. Connects at the first flush, and again after a receiver that has gone; waits
/// at most 50 ms in a flush for one that is slow, and once for one that has stopped.
[[nodiscard]] SinkPtr make_datagram_sink(const Endpoint& receiver);

}  // namespace weir::base::log
