#include "proxy/listener_sockets.h"

#include "base/socket_file.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace weir::proxy {
namespace {

using base::Descriptor;
using base::Endpoint;

void set_flag(int fd, int level, int option, int value = 1) noexcept {
  ::setsockopt(fd, level, option, &value, sizeof value);
}

std::string remedy_of(int error) {
  switch (error) {
    case EADDRINUSE:
      return "end the program that has it, or choose another address (bind, --listen)";
    case EACCES:
      return "choose a port above 1023 or a path that may be written, or give weir the right";
    case EADDRNOTAVAIL: return "choose an address of this machine";
    default: return "choose another address (bind, --listen)";
  }
}

std::string fault(const config::ListenerConfig& listener, const Endpoint& endpoint, int error) {
  return "listener " + listener.name + ": cannot listen on " + endpoint.to_string() + ": " +
         std::strerror(error) + ". " + remedy_of(error);
}

/// An invalid descriptor means failure, with errno set.
Descriptor open_listening(const config::ListenerConfig& listener, const Endpoint& endpoint,
                          bool shared) {
  Descriptor socket(::socket(endpoint.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return socket;
  const int fd = socket.get();
  if (endpoint.is_unix()) {
    base::remove_stale_socket_file(endpoint);
    // bind(2) makes the file with this mode less the umask, so it is never wider than asked for.
    if (listener.unix_mode) ::fchmod(fd, *listener.unix_mode);
  } else {
    set_flag(fd, SOL_SOCKET, SO_REUSEADDR);
    set_flag(fd, SOL_SOCKET, SO_KEEPALIVE);
    set_flag(fd, SOL_SOCKET, SO_OOBINLINE);  // an urgent byte is a byte: relayed in its place
    set_flag(fd, IPPROTO_TCP, TCP_NODELAY);
    if (shared) set_flag(fd, SOL_SOCKET, SO_REUSEPORT);
    if (endpoint.family() == AF_INET6) set_flag(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  }
  const bool bound = ::bind(fd, endpoint.data(), endpoint.size()) == 0;
  const bool has_mode = !bound || !endpoint.is_unix() || !listener.unix_mode ||
                        ::chmod(endpoint.unix_path().c_str(), *listener.unix_mode) == 0;
  const bool listening = bound && has_mode && ::listen(fd, static_cast<int>(listener.backlog)) == 0;
  if (!listening) {
    const int error = errno;
    if (bound && endpoint.is_unix()) ::unlink(endpoint.unix_path().c_str());
    socket.reset();
    errno = error;
  }
  return socket;
}

}  // namespace

std::string ListenerSockets::bind(const std::vector<config::ListenerConfig>& listeners,
                                  std::size_t sockets_each) {
  for (const config::ListenerConfig& listener : listeners) {
    Listener& made = listeners_.emplace_back();
    made.name = listener.name;
    made.bound = listener.bind;
    const std::size_t count = listener.bind.is_unix() ? 1 : sockets_each;
    for (std::size_t i = 0; i < count; ++i) {
      Descriptor socket = open_listening(listener, made.bound, count > 1);
      if (!socket) {
        const std::string text = fault(listener, made.bound, errno);
        if (made.sockets.empty()) listeners_.pop_back();  // its file, if any, is not ours to remove
        close_all();
        return text;
      }
      made.bound = Endpoint::of_socket(socket.get()).value_or(made.bound);
      made.sockets.push_back(std::move(socket));
    }
  }
  return {};
}

void ListenerSockets::close_all() noexcept {
  for (Listener& listener : listeners_) {
    if (!listener.sockets.empty() && listener.bound.is_unix())
      ::unlink(listener.bound.unix_path().c_str());
    listener.sockets.clear();
  }
}

}  // namespace weir::proxy
