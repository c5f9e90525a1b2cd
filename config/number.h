#pragma once

#include "config/parsed.h"

#include <cstdint>
#include <string_view>

namespace weir::config {

/// A whole decimal number from `least` to `most`: digits only, no sign, no unit, no fraction.
Parsed<std::uint32_t> parse_number(std::string_view text, std::uint32_t least, std::uint32_t most);

}  // namespace weir::config
