#pragma once

#include "config/environment.h"
#include "config/parsed.h"

#include <string>
#include <string_view>

/// From what stands after "=" in a file to the value that is meant, in two steps.
namespace weir::config {

/// Takes the quotes off, which may only enclose the whole value, and turns \x23 into '#', which
/// Program_options would take for the start of a comment, and \x22 into '"'.
Parsed<std::string> unquoted(std::string_view text);

/// Puts variables in place of ${NAME} and ${NAME:-default}, and '$' in place of "$$". What a
/// variable holds is taken as it is: it can add no key and no further variable.
Parsed<std::string> expanded(std::string_view text, const Environment& environment);

}  // namespace weir::config
