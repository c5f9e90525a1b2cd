#include "admin/listening_socket.h"

#include "base/socket_file.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace weir::admin {
namespace {

constexpr int kBacklog = 128;

base::Descriptor open_socket(const base::Endpoint& address) {
  return base::Descriptor(
      ::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

}  // namespace

base::Descriptor bind_admin(const base::Endpoint& address, std::string& error) {
  if (address.is_unix()) base::remove_stale_socket_file(address);
  base::Descriptor socket = open_socket(address);
  const int on = 1;
  const bool listening =
      socket && ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
      ::bind(socket.get(), address.data(), address.size()) == 0 &&
      ::listen(socket.get(), kBacklog) == 0;
  if (listening) return socket;
  error = "admin: cannot listen on " + address.to_string() + ": " +
          std::generic_category().message(errno) +
          ". end the program that has it, or choose another address (admin, --admin)";
  return {};
}

}  // namespace weir::admin
