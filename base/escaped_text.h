#pragma once

#include <string>
#include <string_view>

namespace weir::base {

/// Appends a text from outside so that it stands in a line of a log, and between the quotes of a
/// JSON string, as itself and nothing else. Quote and backslash get a backslash; blanks, control
/// characters (also U+0080 to U+009F, which steer terminals) and U+2028, U+2029, which some readers
/// take for the end of a line, become \uXXXX; each byte that is no UTF-8 becomes \ufffd. What is
/// appended is UTF-8, and has no blanks: nobody can forge a line, or another field of this one.
void append_escaped(std::string& out, std::string_view text);

}  // namespace weir::base
