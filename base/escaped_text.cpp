#include "base/escaped_text.h"

#include <cstddef>
#include <cstdint>

namespace weir::base {
namespace {

constexpr std::uint32_t kReplacement = 0xfffd;

struct Character {
  std::uint32_t code = kReplacement;
  std::size_t size = 1;  ///< bytes of it in the text
  bool is_valid = false;
};

std::uint8_t byte_at(std::string_view text, std::size_t index) noexcept {
  return index < text.size() ? static_cast<std::uint8_t>(text[index]) : std::uint8_t{0};
}

/// The first character of a text that is not empty. Neither overlong forms nor surrogates nor what
/// is beyond U+10FFFF (RFC 3629).
Character first_of(std::string_view text) noexcept {
  const std::uint8_t lead = byte_at(text, 0);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  std::uint32_t code = lead & (0x7fU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    const std::uint8_t next = byte_at(text, i);
    if ((next & 0xc0) != 0x80) return {};
    code = (code << 6) | (next & 0x3fU);
  }
  constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
  if (lead < 0xc0 || lead > 0xf4 || code < kLeast[size] || code > 0x10ffff || is_surrogate)
    return {};
  return {code, size, true};
}

bool steers(std::uint32_t code) noexcept {
  return code <= 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x2028 || code == 0x2029;
}

void append_code(std::string& out, std::uint32_t code) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kDigits[(code >> shift) & 0xf];
}

}  // namespace

void append_escaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const Character character = first_of(text);
    if (!character.is_valid || steers(character.code)) {
      append_code(out, character.code);
    } else {
      if (character.code == '"' || character.code == '\\') out += '\\';
      out += text.substr(0, character.size);
    }
    text.remove_prefix(character.size);
  }
}

}  // namespace weir::base
