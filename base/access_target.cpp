#include "base/access_target.h"

#include "base/descriptor.h"
#include "base/endpoint.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace weir::base::log {
namespace {

std::string because(const std::string& what, int error) {
  return what + ": " + std::generic_category().message(error);
}

AccessTarget open_file(const std::string& path) {
  // Without O_NONBLOCK a FIFO that nobody reads would hold up the start for ever.
  Descriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0640));
  if (!file) return {nullptr, because("cannot open " + path, errno)};
  ::fcntl(file.get(), F_SETFL, O_APPEND);
  return {make_file_sink(std::move(file), LineFormat::bare), {}};
}

/// A receiver may come later, or come back; a socket of another kind is a mistake.
AccessTarget open_socket(const Endpoint& receiver) {
  const Descriptor trial(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  AccessTarget target;
  if (!trial || ::connect(trial.get(), receiver.data(), receiver.size()) != 0) {
    const int error = errno;
    target.problem = because("cannot send to " + receiver.to_string(), error);
    if (error != ENOENT && error != ECONNREFUSED) return target;
    target.problem += "; its lines are lost until somebody receives there";
  }
  target.sink = make_datagram_sink(receiver);
  return target;
}

}  // namespace

AccessTarget open_access_target(const std::string& target) {
  if (target == "stderr") return {make_stderr_sink(LineFormat::bare), {}};
  const auto receiver = Endpoint::parse(target);
  return receiver && receiver->is_unix() ? open_socket(*receiver) : open_file(target);
}

}  // namespace weir::base::log
