#pragma once

#include "config/command_line.h"

namespace weir {

inline constexpr int kExitFault = 2;  ///< of configuration: nothing was started

/// Every fault on a line of its own, on standard error. Returns the exit code.
int print_faults(const config::CommandLine& command_line);

/// `weir check`, when there are no faults: says so, with the warnings, unless the file of the token
/// has none. Binds nothing.
int print_check(const config::CommandLine& command_line);

}  // namespace weir
