#pragma once

#include "config/parsed.h"

#include <string>
#include <string_view>

/// What the steps of a check are written as.
namespace weir::config {

/// Bytes as text; \r \n \t \\ and \xHH stand for what cannot be written.
Parsed<std::string> parse_escaped_bytes(std::string_view text);
/// Bytes as pairs of hexadecimal digits.
Parsed<std::string> parse_hex_bytes(std::string_view text);
/// A regular expression that RE2 takes.
Parsed<std::string> parse_pattern(std::string_view text);

}  // namespace weir::config
