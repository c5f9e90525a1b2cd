#pragma once

#include "config/parsed.h"

#include <string>
#include <string_view>
#include <vector>

namespace weir::config {

/// Whether `text` can be the name of a host: labels of letters, digits, '-' and '_' (which Docker
/// uses), 1 to 63 bytes each, 253 in all. A last label of digits alone makes it a mistyped
/// address ("10.0.0.256"), not a name.
bool is_host_name(std::string_view text);

/// Names between blanks or commas, in lower case, because a Host header is compared that way.
Parsed<std::vector<std::string>> parse_host_names(std::string_view text);

}  // namespace weir::config
