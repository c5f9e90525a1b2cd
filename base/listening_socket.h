#pragma once

#include "base/descriptor.h"
#include "base/endpoint.h"

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace weir::base {

struct ListeningOptions {
  int backlog = 128;
  std::optional<mode_t> unix_mode;  ///< of the socket file; the umask decides when empty

  /// Sockets of one process that share a port (SO_REUSEPORT). The first is bound without sharing,
  /// so that a port which another process already shares is still reported as taken.
  enum class PortShare : std::uint8_t { none, first, further };
  PortShare port_share = PortShare::none;
};

/// A socket that listens, non-blocking and close-on-exec. What accepted sockets inherit (no delay,
/// urgent bytes in line) is set here once, so that no connection costs a call for it.
/// "[::]" takes IPv4 too, and is 0.0.0.0 where the kernel has no IPv6. The file of a unix socket on
/// which nobody listens any more is replaced; who removes it at the end holds a SocketFile.
/// @return closed when it cannot be had, with errno; then nothing is left behind
[[nodiscard]] Descriptor open_listening_socket(const Endpoint& endpoint,
                                               const ListeningOptions& options);

/// Makes a listening socket that somebody else has bound (a service manager) like one of ours: for
/// `endpoint`, whose port 0 stands for any, with the backlog and what accepted sockets inherit.
/// @return empty, or what is wrong with it and its remedy; then it is as it was
[[nodiscard]] std::string adopt_listening_socket(const Descriptor& socket, const Endpoint& endpoint,
                                                 int backlog);

/// "cannot listen on 127.0.0.1:80: Address already in use. " and what may be done; `key` names the
/// setting of that address.
[[nodiscard]] std::string listening_failure(const Endpoint& endpoint, int error,
                                            const std::string& key);

}  // namespace weir::base
