#include "balancer/mysql_conversation.h"

#include <algorithm>
#include <array>

namespace weir::balancer {
namespace {

using Kind = Conversation::Step::Kind;

constexpr std::size_t kHeaderBytes =
    4;  // length of the payload, little-endian in 3, and a sequence
constexpr char kProtocol = 10;
constexpr char kOk = 0;
constexpr char kMoreAuthentication = 1;
constexpr char kSwitchAuthentication = '\xfe';
constexpr char kError = '\xff';
/// CLIENT_LONG_PASSWORD, PROTOCOL_41, SECURE_CONNECTION, PLUGIN_AUTH.
constexpr std::uint32_t kCapabilities = 0x1 | 0x200 | 0x8000 | 0x80000;
constexpr std::uint32_t kLargestPacket = 1U << 24;
constexpr char kUtf8 = 33;
/// Errors of a server that is there and does not like us: access denied, wrong database, no such
/// authentication, account locked.
constexpr std::array<unsigned, 7> kRefusals = {1044, 1045, 1049, 1251, 1698, 3118, 4151};

std::string little_endian(std::uint32_t number, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(number >> (8 * i) & 0xff);
  return text;
}

unsigned byte_at(std::string_view bytes, std::size_t at) noexcept {
  return static_cast<unsigned char>(bytes[at]);
}

std::string packet(std::string_view payload, std::uint8_t sequence) {
  return little_endian(static_cast<std::uint32_t>(payload.size()), 3) +
         static_cast<char>(sequence) + std::string(payload);
}

std::string login(const std::string& user) {
  using namespace std::string_literals;
  return little_endian(kCapabilities, 4) + little_endian(kLargestPacket, 4) + kUtf8 +
         std::string(23, '\0') + user + "\0"s + "\0"s + "mysql_native_password\0"s;
}

struct Error {
  unsigned code = 0;
  std::string_view text;
};

/// "#" and five letters of state may stand before the text.
Error error_of(std::string_view payload) noexcept {
  if (payload.size() < 3) return {};
  Error error{byte_at(payload, 1) | byte_at(payload, 2) << 8, payload.substr(3)};
  if (error.text.starts_with('#'))
    error.text.remove_prefix(std::min<std::size_t>(6, error.text.size()));
  return error;
}

}  // namespace

Conversation::Step MysqlConversation::next(std::string_view heard, bool ended) {
  if (phase_ == Phase::parting) return {Kind::passed, verdict_};
  const std::string_view fresh = heard.substr(used_);
  if (fresh.size() > kHeaderBytes) {
    const std::size_t size = byte_at(fresh, 0) | byte_at(fresh, 1) << 8 | byte_at(fresh, 2) << 16;
    if (size == 0 || size > kMostBytes) return {Kind::failed, "answered with " + escaped(fresh)};
    if (fresh.size() >= kHeaderBytes + size) {
      used_ += kHeaderBytes + size;
      return judge(fresh.substr(kHeaderBytes, size), static_cast<std::uint8_t>(fresh[3]));
    }
  }
  if (ended) return {Kind::failed, "closed after " + escaped(fresh)};
  return {Kind::hear};
}

Conversation::Step MysqlConversation::judge(std::string_view payload, std::uint8_t sequence) {
  const auto reply_number = static_cast<std::uint8_t>(sequence + 1);
  if (payload.front() == kError) {
    const Error error = error_of(payload);
    const bool is_there = phase_ == Phase::answer && std::find(kRefusals.begin(), kRefusals.end(),
                                                               error.code) != kRefusals.end();
    return {is_there ? Kind::passed : Kind::failed,
            "answered error " + std::to_string(error.code) + " " + escaped(error.text)};
  }
  if (phase_ == Phase::greeting) {
    if (payload.front() != kProtocol) return {Kind::failed, "answered with " + escaped(payload)};
    phase_ = Phase::answer;
    return {Kind::say, packet(login(user_), reply_number)};
  }
  switch (payload.front()) {
    case kOk:
      phase_ = Phase::parting;
      verdict_ = "let " + user_ + " in";
      return {Kind::say, packet("\x01", 0)};  // COM_QUIT
    case kSwitchAuthentication: return {Kind::say, packet("", reply_number)};
    case kMoreAuthentication: return {Kind::passed, "wants a password"};
    default: return {Kind::failed, "answered with " + escaped(payload)};
  }
}

}  // namespace weir::balancer
