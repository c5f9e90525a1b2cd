#pragma once

#include "base/endpoint.h"

#include <string>
#include <utility>

namespace weir::base {

/// Before a unix socket is bound: removes the file that a process left behind when it died, because
/// bind(2) will not have it. Connecting tells whether somebody still listens. A file of another
/// kind refuses connections too, and is never ours to remove.
void remove_stale_socket_file(const Endpoint& endpoint) noexcept;

/// The file of a unix socket that this process has bound; removes it at its own end. Holds nothing
/// for an address of another kind. Owned by whoever owns the socket.
class SocketFile {
 public:
  SocketFile() noexcept = default;
  explicit SocketFile(const Endpoint& endpoint) : path_(endpoint.unix_path()) {}
  SocketFile(SocketFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  SocketFile& operator=(SocketFile&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
  }
  ~SocketFile() { remove(); }

  void remove() noexcept;

 private:
  std::string path_;  ///< empty when there is none
};

}  // namespace weir::base
