#include "base/listening_socket.h"

#include "base/socket_file.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace weir::base {
namespace {

using PortShare = ListeningOptions::PortShare;

void set_flag(int fd, int level, int option, int value = 1) noexcept {
  ::setsockopt(fd, level, option, &value, sizeof value);
}

/// Of a socket; -1 when it is none.
int flag(int fd, int option) noexcept {
  int value = -1;
  socklen_t size = sizeof value;
  return ::getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

void set_inherited(int fd) noexcept {
  set_flag(fd, SOL_SOCKET, SO_OOBINLINE);  // an urgent byte is a byte: relayed in its place
  set_flag(fd, IPPROTO_TCP, TCP_NODELAY);
}

Descriptor open_socket(int family) {
  return Descriptor(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

/// 0.0.0.0 for "[::]"; empty for any other address.
std::optional<Endpoint> without_ip6(const Endpoint& endpoint) {
  if (endpoint.family() != AF_INET6 || !endpoint.is_any_address()) return {};
  return Endpoint::parse("0.0.0.0:" + std::to_string(endpoint.port()));
}

bool listen_on_file(int fd, const Endpoint& endpoint, const ListeningOptions& options) {
  remove_stale_socket_file(endpoint);
  // bind(2) makes the file with this mode less the umask, so it is never wider than asked for.
  if (options.unix_mode) ::fchmod(fd, *options.unix_mode);
  if (::bind(fd, endpoint.data(), endpoint.size()) != 0) return false;
  const std::string path = endpoint.unix_path();
  const bool has_mode = !options.unix_mode || ::chmod(path.c_str(), *options.unix_mode) == 0;
  if (has_mode && ::listen(fd, options.backlog) == 0) return true;
  const int error = errno;
  ::unlink(path.c_str());
  errno = error;
  return false;
}

bool listen_on_address(int fd, const Endpoint& endpoint, const ListeningOptions& options) noexcept {
  set_flag(fd, SOL_SOCKET, SO_REUSEADDR);
  set_inherited(fd);
  if (endpoint.family() == AF_INET6) set_flag(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  if (options.port_share == PortShare::further) set_flag(fd, SOL_SOCKET, SO_REUSEPORT);
  if (::bind(fd, endpoint.data(), endpoint.size()) != 0) return false;
  if (options.port_share == PortShare::first) set_flag(fd, SOL_SOCKET, SO_REUSEPORT);
  return ::listen(fd, options.backlog) == 0;
}

const char* remedy_of(int error, bool is_unix) noexcept {
  if (is_unix && error == EADDRINUSE)
    return "end the program that listens there, or remove the file if it is no socket of a program";
  if (is_unix && error == ENOENT) return "make its folder, or choose another path";
  switch (error) {
    case EADDRINUSE: return "end the program that has it, or choose another address";
    case EACCES:
      return "choose a port above 1023 or a path that may be written, or give weir the right";
    case EADDRNOTAVAIL: return "choose an address of this machine";
    default: return "choose another address";
  }
}

}  // namespace

Descriptor open_listening_socket(const Endpoint& endpoint, const ListeningOptions& options) {
  Descriptor socket = open_socket(endpoint.family());
  if (!socket) {
    const auto other = errno == EAFNOSUPPORT ? without_ip6(endpoint) : std::nullopt;
    return other ? open_listening_socket(*other, options) : std::move(socket);
  }
  const bool listens = endpoint.is_unix() ? listen_on_file(socket.get(), endpoint, options)
                                          : listen_on_address(socket.get(), endpoint, options);
  if (!listens) {
    const int error = errno;
    socket.reset();
    errno = error;
  }
  return socket;
}

std::string adopt_listening_socket(const Descriptor& socket, const Endpoint& endpoint,
                                   int backlog) {
  const int fd = socket.get();
  if (flag(fd, SO_TYPE) != SOCK_STREAM || flag(fd, SO_ACCEPTCONN) != 1)
    return "is no listening stream socket. pass one: ListenStream= with Accept=no";
  const Endpoint bound = Endpoint::of_socket(fd).value_or(Endpoint{});
  const Endpoint wanted = endpoint.port() == 0 ? endpoint.with_port(bound.port()) : endpoint;
  if (bound.to_string() != wanted.to_string())
    return "is bound to " + bound.to_string() + ", not to " + endpoint.to_string() +
           ". make ListenStream= and bind the same";
  if (!endpoint.is_unix()) set_inherited(fd);
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  ::listen(fd, backlog);  // again: only the length of its queue changes
  return {};
}

std::string listening_failure(const Endpoint& endpoint, int error, const std::string& key) {
  return "cannot listen on " + endpoint.to_string() + ": " +
         std::generic_category().message(error) + ". " + remedy_of(error, endpoint.is_unix()) +
         " (" + key + ")";
}

}  // namespace weir::base
