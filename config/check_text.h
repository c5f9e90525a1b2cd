#pragma once

#include "config/config.h"
#include "config/parsed.h"

#include <string_view>

namespace weir::config {

/// "none", or a kind of check and its options: "http path=/health interval=2s rise=2 fall=3".
Parsed<CheckConfig> parse_check(std::string_view text);

}  // namespace weir::config
