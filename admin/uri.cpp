#include "admin/uri.h"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace weir::admin {
namespace {

int hexadecimal(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hexadecimal(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hexadecimal(text[i + 2]) : -1;
    if (high < 0 || low < 0) throw BadRequest("A % must be followed by two hexadecimal digits.");
    plain += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return plain;
}

/// Of a query, where a blank may be a plus.
std::string decoded_value(std::string_view text) {
  std::string blanks(text);
  std::replace(blanks.begin(), blanks.end(), '+', ' ');
  return decoded(blanks);
}

/// Calls `take` with each piece between the separators.
template <typename Take>
void split(std::string_view text, char separator, Take take) {
  for (;;) {
    const std::size_t end = text.find(separator);
    take(text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

std::vector<std::string> path_parts(std::string_view path) {
  std::vector<std::string> parts;
  if (!path.starts_with('/')) return parts;
  split(path.substr(1), '/', [&](std::string_view part) { parts.push_back(decoded(part)); });
  return parts;
}

Query::Query(std::string_view text, const std::vector<std::string_view>& known) {
  if (text.empty()) return;
  split(text, '&', [&](std::string_view pair) {
    const std::size_t equals = std::min(pair.find('='), pair.size());
    std::string name = decoded_value(pair.substr(0, equals));
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw BadRequest("There is no parameter '" + name + "' here.");
    const std::string_view value = pair.substr(std::min(equals + 1, pair.size()));
    if (!values_.try_emplace(std::move(name), decoded_value(value)).second)
      throw BadRequest("A parameter may stand once.");
  });
}

const std::string& Query::text(std::string_view name) const {
  static const std::string kNone;
  const auto found = values_.find(name);
  return found == values_.end() ? kNone : found->second;
}

std::uint64_t Query::number(std::string_view name, std::uint64_t otherwise,
                            std::uint64_t most) const {
  const std::string& value = text(name);
  if (value.empty()) return otherwise;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size() || number > most)
    throw BadRequest("'" + std::string(name) + "' must be a whole number from 0 to " +
                     std::to_string(most) + ".");
  return number;
}

}  // namespace weir::admin
