#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::config {

inline constexpr std::string_view kBlanks = " \t";

/// The parts of `text` between any of the separators; empty parts are left out.
std::vector<std::string_view> split_words(std::string_view text,
                                          std::string_view separators = kBlanks);

/// Without the blanks at both ends.
std::string_view trimmed(std::string_view text);

/// ASCII only, whatever the locale.
std::string lower_case(std::string_view text);

}  // namespace weir::config
