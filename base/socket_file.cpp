#include "base/socket_file.h"

#include "base/descriptor.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace weir::base {

void remove_stale_socket_file(const Endpoint& endpoint) noexcept {
  const char* const path = reinterpret_cast<const sockaddr_un*>(endpoint.data())->sun_path;
  struct stat file {};
  if (::lstat(path, &file) != 0 || !S_ISSOCK(file.st_mode)) return;
  const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!probe) return;
  if (::connect(probe.get(), endpoint.data(), endpoint.size()) != 0 && errno == ECONNREFUSED)
    ::unlink(path);
}

void SocketFile::remove() noexcept {
  if (!path_.empty()) ::unlink(path_.c_str());
  path_.clear();
}

}  // namespace weir::base
