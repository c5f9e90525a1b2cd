#pragma once

#include "config/config.h"
#include "config/parsed.h"

#include <string_view>

namespace weir::config {

/// "auto", "none", or CPUs as taskset writes them: "0,2-3". Whether they exist is seen at start.
Parsed<Pinning> parse_pinning(std::string_view text);

}  // namespace weir::config
