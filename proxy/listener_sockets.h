#pragma once

#include "base/descriptor.h"
#include "base/endpoint.h"
#include "base/passed_sockets.h"
#include "base/socket_file.h"
#include "config/config.h"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace weir::proxy {

/// The listening descriptors, bound (or taken from a service manager) before any thread runs and
/// owned here, not by acceptors, which borrow them. Options that accepted sockets inherit
/// (TCP_NODELAY, urgent bytes in line) are set here once, so that no connection costs a call for
/// them.
class ListenerSockets {
 public:
  struct Listener {
    std::string name;
    base::Endpoint bound;  ///< with the port the kernel gave, where 0 was asked for
    std::vector<base::Descriptor> sockets;  ///< one, or one a reactor with `accept = reuseport`
    base::SocketFile file;                  ///< until the sockets close; none of a passed one's
    bool is_passed = false;  ///< somebody else holds the socket too, and goes on listening
  };

  /// Binds and listens, or takes what was passed under the listener's name. All or nothing: on the
  /// first failure, and when nobody takes a passed socket, everything is closed again.
  /// @param sockets_each  more than one shares the port by SO_REUSEPORT (not for unix sockets)
  /// @return empty, or what failed: listener, address, cause and remedy
  std::string bind(const std::vector<config::ListenerConfig>& listeners, std::size_t sockets_each,
                   std::vector<base::PassedSocket> passed = {});

  [[nodiscard]] const std::vector<Listener>& listeners() const noexcept { return listeners_; }
  /// Connections that wait in the kernel to be accepted; of a unix socket nobody can tell: 0. Any
  /// thread, also while they are closed.
  [[nodiscard]] std::uint32_t accept_queue_length(std::size_t listener) const;
  /// Closes them (what still waits in a queue is reset) and removes unix socket files.
  void close_all() noexcept;

  ~ListenerSockets() { close_all(); }
  ListenerSockets() = default;
  ListenerSockets(const ListenerSockets&) = delete;
  ListenerSockets& operator=(const ListenerSockets&) = delete;

 private:
  std::vector<Listener> listeners_;
  mutable std::mutex closing_;  ///< so that nobody asks a number that has become another socket
};

}  // namespace weir::proxy
