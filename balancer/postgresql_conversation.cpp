#include "balancer/postgresql_conversation.h"

#include <cstdint>
#include <utility>

namespace weir::balancer {
namespace {

using Kind = Conversation::Step::Kind;

constexpr std::uint32_t kVersion3 = 3U << 16;
constexpr std::size_t kHeaderBytes = 5;  // type and length, which counts itself but not the type

std::string big_endian(std::uint32_t number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 0xff);
  return bytes;
}

std::uint32_t number_at(std::string_view bytes, std::size_t at) noexcept {
  std::uint32_t number = 0;
  for (std::size_t i = at; i < at + 4; ++i)
    number = number << 8 | static_cast<unsigned char>(bytes[i]);
  return number;
}

std::string startup(const std::string& user) {
  using namespace std::string_literals;
  const std::string parameters =
      "user\0"s + user + "\0database\0"s + user + "\0application_name\0weir\0\0"s;
  const auto size = static_cast<std::uint32_t>(8 + parameters.size());
  return big_endian(size) + big_endian(kVersion3) + parameters;
}

/// Of an ErrorResponse: fields of a letter and a text that ends with a zero.
std::string_view field_of(std::string_view fields, char letter) noexcept {
  while (!fields.empty() && fields.front() != '\0') {
    const std::size_t end = fields.find('\0');
    const std::string_view text = fields.substr(1, end == std::string_view::npos ? end : end - 1);
    if (fields.front() == letter) return text;
    if (end == std::string_view::npos) return {};
    fields.remove_prefix(end + 1);
  }
  return {};
}

/// Operator intervention (starting, stopping), insufficient resources, system and internal errors.
bool says_not_now(std::string_view state) noexcept {
  return state.starts_with("57") || state.starts_with("53") || state.starts_with("58") ||
         state.starts_with("XX");
}

}  // namespace

Conversation::Step PostgresqlConversation::next(std::string_view heard, bool ended) {
  if (!std::exchange(asked_, true)) return {Kind::say, startup(user_)};
  if (!heard.empty() && heard.front() != 'R' && heard.front() != 'E')
    return {Kind::failed, "answered with " + escaped(heard)};
  if (heard.size() >= kHeaderBytes) {
    const std::size_t size = std::size_t{number_at(heard, 1)} + 1;
    if (size < kHeaderBytes || size > kMostBytes)
      return {Kind::failed, "answered with " + escaped(heard)};
    if (heard.size() >= size) {
      if (heard.front() == 'R') return {Kind::passed, "began a session"};
      const std::string_view fields = heard.substr(kHeaderBytes, size - kHeaderBytes);
      const bool is_there = !says_not_now(field_of(fields, 'C'));
      return {is_there ? Kind::passed : Kind::failed, "answered " + escaped(field_of(fields, 'M'))};
    }
  }
  if (ended) return {Kind::failed, "closed after " + escaped(heard)};
  return {Kind::hear};
}

}  // namespace weir::balancer
