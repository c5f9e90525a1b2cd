#pragma once

#include "base/descriptor.h"

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

namespace weir::base {

/// A listening socket that came with the process, and the name it was given.
struct PassedSocket {
  std::string name;  ///< FileDescriptorName= of a .socket unit; empty when none was told
  Descriptor descriptor;
};

/// The descriptors that a service manager announces by LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES
/// (sd_listen_fds(3)), owned from here on and close-on-exec. None when there are none, or they are
/// meant for another process. Once, before a thread runs.
/// @param first  the lowest of them: 3 by the protocol; tests have theirs elsewhere
/// @throws std::runtime_error with a remedy when what is announced makes no sense
std::vector<PassedSocket> take_passed_sockets(const std::map<std::string, std::string>& environment,
                                              pid_t self, int first = 3);

}  // namespace weir::base
