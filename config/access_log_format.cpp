#include "config/access_log_format.h"

#include "config/fault.h"
#include "config/nearest.h"

#include <algorithm>
#include <array>
#include <utility>

namespace weir::config {
namespace {

constexpr std::array<std::string_view, 2> kWords = {"text", "json"};

constexpr bool rows_are_in_order() {
  for (std::size_t i = 0; i < kAccessFieldCount; ++i)
    if (kAccessFields[i].field != static_cast<AccessField>(i)) return false;
  return true;
}
static_assert(rows_are_in_order(), "a row of the table is missing or out of order");

Parsed<AccessField> field_named(std::string_view name) {
  std::array<std::string_view, kAccessFieldCount> names;
  for (const AccessFieldDescription& row : kAccessFields) {
    if (row.name == name) return row.field;
    names[static_cast<std::size_t>(row.field)] = row.name;
  }
  const std::string meant = did_you_mean(name, names);
  return Problem{"unknown field " + quoted(name),
                 meant.empty() ? "Fields are: " + listed(names) : meant};
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

Parsed<AccessLogFormat> parse_template(std::string_view text) {
  AccessLogFormat format;
  std::string literal;
  const auto end_literal = [&] {
    if (!literal.empty()) format.parts.push_back({{}, std::exchange(literal, {})});
  };
  bool has_field = false;
  while (!text.empty()) {
    const char first = text.front();
    const bool is_brace = first == '{' || first == '}';
    if (!is_brace || text.substr(0, 2) == std::string(2, first)) {
      literal += first;
      text.remove_prefix(is_brace ? 2 : 1);
      continue;
    }
    const std::size_t end = text.find('}');
    if (first == '}' || end == std::string_view::npos) {
      return Problem{first == '}' ? "a lone }" : "unclosed {",
                     "Write {client} for a field, {{ and }} for braces"};
    }
    const auto field = field_named(text.substr(1, end - 1));
    if (field.has_error()) return field.error();
    end_literal();
    format.parts.push_back({*field, {}});
    has_field = true;
    text.remove_prefix(end + 1);
  }
  end_literal();
  if (has_field) return format;
  return Problem{"a template without a field", "Write one in braces, as in {client}"};
}

}  // namespace

AccessLogFormat AccessLogFormat::text() { return *parse_template(kTextTemplate); }

Parsed<AccessLogFormat> parse_access_log_format(std::string_view text) {
  if (text == kWords[0]) return AccessLogFormat::text();
  if (text == kWords[1]) return AccessLogFormat::json();
  if (text.find_first_of("{}") == std::string_view::npos) {
    const std::string meant = did_you_mean(text, kWords);
    const std::string known = "Known are text, json and templates such as '{time} {client}'";
    return Problem{"unknown value " + quoted(text), meant.empty() ? known : meant + " " + known};
  }
  if (text.size() > kLongestTemplate) {
    return Problem{"a template of " + std::to_string(text.size()) + " bytes",
                   "At most " + std::to_string(kLongestTemplate) + " may be written"};
  }
  if (std::any_of(text.begin(), text.end(), is_control)) {
    return Problem{quoted(text) + " holds a control character", "A line is one line: leave it out"};
  }
  return parse_template(text);
}

}  // namespace weir::config
