#pragma once

#include "config/command_line.h"

namespace weir {

/// `weir demo`: three embedded backends that name themselves, behind one listener with the admin
/// server on; prints what to try. Needs nothing but the binary. Returns the exit code.
int demo(const config::CommandLine& command_line);

}  // namespace weir
