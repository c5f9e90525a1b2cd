#include "config/value_text.h"

#include "config/fault.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace weir::config {
namespace {

constexpr std::string_view kDefaultMark = ":-";

void replace_all(std::string& text, std::string_view from, char to) {
  std::size_t position = text.find(from);
  while (position != std::string::npos) {
    text.replace(position, from.size(), 1, to);
    position = text.find(from, position + 1);
  }
}

bool is_variable_name(std::string_view name) {
  const auto is_allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && !(name.front() >= '0' && name.front() <= '9') &&
         std::all_of(name.begin(), name.end(), is_allowed);
}

/// What stands between "${" and "}": a name, and perhaps a default for when it is unset or empty.
Parsed<std::string> value_of(std::string_view reference, const Environment& environment) {
  const std::size_t mark = reference.find(kDefaultMark);
  const bool has_default = mark != std::string_view::npos;
  const std::string name(reference.substr(0, mark));
  if (!is_variable_name(name)) {
    return Problem{quoted(name) + " is not the name of a variable",
                   "Write ${NAME} or ${NAME:-default}"};
  }
  const auto variable = environment.find(name);
  const bool is_set = variable != environment.end();
  if (is_set && !(has_default && variable->second.empty())) return variable->second;
  if (!has_default) {
    return Problem{"the variable " + quoted(name) + " is not set",
                   "Set it, or write a default as in ${" + name + ":-default}"};
  }
  const std::string_view fallback = reference.substr(mark + kDefaultMark.size());
  std::string value(fallback);
  replace_all(value, "$$", '$');
  const auto dollars = std::count(fallback.begin(), fallback.end(), '$');
  if (std::count(value.begin(), value.end(), '$') * 2 != dollars) {
    return Problem{"a default cannot hold a variable",
                   "Use one variable after the other; write $$ for a dollar"};
  }
  return value;
}

}  // namespace

Parsed<std::string> unquoted(std::string_view text) {
  const std::ptrdiff_t quotes = std::count(text.begin(), text.end(), '"');
  if (quotes % 2 != 0) {
    return Problem{"unclosed quote",
                   "Close it; inside a value write \\x23 for # and \\x22 for a quote"};
  }
  const bool encloses_all =
      quotes == 2 && text.size() >= 2 && text.front() == '"' && text.back() == '"';
  if (quotes > 0 && !encloses_all) {
    return Problem{"quotes must enclose the whole value",
                   "Write \\x22 for a quote that is part of it"};
  }
  std::string value(encloses_all ? text.substr(1, text.size() - 2) : text);
  replace_all(value, "\\x23", '#');
  replace_all(value, "\\x22", '"');
  return value;
}

Parsed<std::string> expanded(std::string_view text, const Environment& environment) {
  std::string result;
  while (true) {
    const std::size_t dollar = text.find('$');
    result += text.substr(0, dollar);
    if (dollar == std::string_view::npos) return result;
    text.remove_prefix(dollar + 1);
    if (text.starts_with('$')) {
      result += '$';
      text.remove_prefix(1);
      continue;
    }
    if (!text.starts_with('{')) {
      return Problem{"a lone $", "Write $$ for a dollar, ${NAME} for a variable"};
    }
    const std::size_t end = text.find('}');
    if (end == std::string_view::npos) return Problem{"unclosed ${", "Close it with }"};
    auto value = value_of(text.substr(1, end - 1), environment);
    if (value.has_error()) return value;
    result += *value;
    text.remove_prefix(end + 1);
  }
}

}  // namespace weir::config
