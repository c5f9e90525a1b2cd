#include "config/host_name.h"

#include "config/fault.h"
#include "config/words.h"

#include <algorithm>
#include <cstddef>

namespace weir::config {
namespace {

constexpr std::size_t kMaxNameBytes = 253;  // RFC 1035, 2.3.4
constexpr std::size_t kMaxLabelBytes = 63;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_name_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= kMaxLabelBytes && label.front() != '-' &&
         std::all_of(label.begin(), label.end(), is_name_character);
}

}  // namespace

bool is_host_name(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);  // a fully qualified name
  if (text.empty() || text.size() > kMaxNameBytes) return false;
  while (true) {
    const std::size_t dot = text.find('.');
    const std::string_view label = text.substr(0, dot);
    if (!is_label(label)) return false;
    if (dot == std::string_view::npos) return !std::all_of(label.begin(), label.end(), is_digit);
    text.remove_prefix(dot + 1);
  }
}

Parsed<std::vector<std::string>> parse_host_names(std::string_view text) {
  std::vector<std::string> names;
  for (const std::string_view word : split_words(text, " \t,")) {
    if (!is_host_name(word)) {
      return Problem{quoted(word) + " is not a host name",
                     "Give names without scheme and port, separated by blanks or commas"};
    }
    names.push_back(lower_case(word));
  }
  if (names.empty()) {
    return Problem{"no host name given", "Give at least one, or leave the key out"};
  }
  return names;
}

}  // namespace weir::config
