#include "config/check_steps.h"

#include "config/fault.h"

#include <re2/re2.h>

#include <cstddef>
#include <optional>

namespace weir::config {
namespace {

constexpr std::size_t kMostPatternBytes = 1 << 20;  // of a compiled pattern

std::optional<unsigned> digit(char c) noexcept {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return {};
}

std::optional<char> hex_byte(std::string_view two) noexcept {
  if (two.size() < 2) return {};
  const auto high = digit(two[0]);
  const auto low = digit(two[1]);
  if (!high || !low) return {};
  return static_cast<char>(*high << 4 | *low);
}

Problem bad_escape(std::string_view at) {
  return {"has " + quoted(at.substr(0, 4)) + ", which stands for nothing",
          "Known are: \\r, \\n, \\t, \\\\ and \\xHH, as \\x20 for a blank"};
}

}  // namespace

Parsed<std::string> parse_escaped_bytes(std::string_view text) {
  if (text.empty()) return Problem{"is empty", "Write some text"};
  std::string bytes;
  while (!text.empty()) {
    if (text.front() != '\\') {
      bytes += text.front();
      text.remove_prefix(1);
      continue;
    }
    const char letter = text.size() > 1 ? text[1] : '\0';
    switch (letter) {
      case 'r': bytes += '\r'; break;
      case 'n': bytes += '\n'; break;
      case 't': bytes += '\t'; break;
      case '\\': bytes += '\\'; break;
      case 'x': {
        const auto byte = hex_byte(text.substr(2));
        if (!byte) return bad_escape(text);
        bytes += *byte;
        text.remove_prefix(2);
        break;
      }
      default: return bad_escape(text);
    }
    text.remove_prefix(2);
  }
  return bytes;
}

Parsed<std::string> parse_hex_bytes(std::string_view text) {
  const Problem problem{quoted(text) + " is not pairs of hexadecimal digits",
                        "Write bytes as in 50494e470d0a"};
  if (text.empty() || text.size() % 2 != 0) return problem;
  std::string bytes;
  for (; !text.empty(); text.remove_prefix(2)) {
    const auto byte = hex_byte(text);
    if (!byte) return problem;
    bytes += *byte;
  }
  return bytes;
}

Parsed<std::string> parse_pattern(std::string_view text) {
  const auto pattern = compile_pattern(text);
  if (!text.empty() && pattern->ok()) return std::string(text);
  return Problem{quoted(text) + " is no regular expression: " +
                     (text.empty() ? std::string("it is empty") : pattern->error()),
                 "See RE2's syntax; write \\x20 for a blank"};
}

std::shared_ptr<const re2::RE2> compile_pattern(std::string_view text) {
  re2::RE2::Options options(re2::RE2::Latin1);
  options.set_log_errors(false);
  options.set_max_mem(kMostPatternBytes);
  return std::make_shared<const re2::RE2>("(?m)" + std::string(text), options);
}

}  // namespace weir::config
