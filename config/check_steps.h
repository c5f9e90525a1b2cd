#pragma once

#include "config/parsed.h"

#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

/// What the steps of a check are written as.
namespace weir::config {

/// Bytes as text; \r \n \t \\ and \xHH stand for what cannot be written.
Parsed<std::string> parse_escaped_bytes(std::string_view text);
/// Bytes as pairs of hexadecimal digits.
Parsed<std::string> parse_hex_bytes(std::string_view text);
/// A regular expression that compile_pattern() takes.
Parsed<std::string> parse_pattern(std::string_view text);
/// By RE2, over bytes; ^ and $ mean lines. Ask ok().
std::shared_ptr<const re2::RE2> compile_pattern(std::string_view text);

}  // namespace weir::config
