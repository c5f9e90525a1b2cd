#pragma once

#include "config/parsed.h"

#include <cstddef>
#include <string>

namespace weir::config {

/// Room for some hundred thousand backends; keeps a log file given by mistake out of memory.
inline constexpr std::size_t kMaxFileBytes = std::size_t{16} * 1024 * 1024;

/// The whole of a file, read from one descriptor, so that replacing it meanwhile gives the old text
/// or the new one and never a mixture. Also reads pipes, as in --config /dev/stdin.
Parsed<std::string> read_file_text(const std::string& path);

}  // namespace weir::config
