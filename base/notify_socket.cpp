#include "base/notify_socket.h"

#include <sys/time.h>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace weir::base {
namespace {

std::string value_of(const std::map<std::string, std::string>& environment, const char* name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string{} : found->second;
}

/// 0 for what is no number.
std::uint64_t number(std::string_view text) noexcept {
  std::uint64_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  return result.ec == std::errc{} && result.ptr == text.data() + text.size() ? value : 0;
}

/// The socket that messages leave by; it gives up when the manager's queue stays full.
Descriptor open_socket() noexcept {
  Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto patience = std::chrono::microseconds(NotifySocket::kPatience).count();
  const timeval limit{0, static_cast<suseconds_t>(patience)};
  if (socket) ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  return socket;
}

}  // namespace

NotifySocket::NotifySocket(const std::map<std::string, std::string>& environment, pid_t self) {
  const std::string path = value_of(environment, "NOTIFY_SOCKET");
  const bool is_abstract = path.starts_with('@');
  if (path.size() < 2 || path.size() >= sizeof address_.sun_path) return;
  if (!is_abstract && !path.starts_with('/')) return;  // of another kind: vsock
  address_.sun_family = AF_UNIX;
  std::memcpy(address_.sun_path, path.data(), path.size());
  if (is_abstract) address_.sun_path[0] = '\0';
  // An abstract name is exactly as long as it is; a path ends with a zero.
  address_size_ =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + (is_abstract ? 0 : 1));
  socket_ = open_socket();
  const std::string pid = value_of(environment, "WATCHDOG_PID");
  if (pid.empty() || number(pid) == static_cast<std::uint64_t>(self))
    watchdog_ = std::chrono::microseconds(number(value_of(environment, "WATCHDOG_USEC")));
}

void NotifySocket::tell(std::string_view message) const noexcept {
  if (!listens()) return;
  ::sendto(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL,
           reinterpret_cast<const sockaddr*>(&address_), address_size_);
}

}  // namespace weir::base
