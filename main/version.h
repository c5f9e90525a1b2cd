#pragma once

namespace weir {

/// `weir version`: the version, and whether fault points are compiled in. Returns the exit code.
int print_version();

}  // namespace weir
