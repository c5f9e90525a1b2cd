#include "balancer/redis_conversation.h"

#include <utility>

namespace weir::balancer {
namespace {

constexpr std::string_view kPing = "PING\r\n";
constexpr std::string_view kPong = "+PONG\r\n";
constexpr std::string_view kAuth = "-NOAUTH";

}  // namespace

Conversation::Step RedisConversation::next(std::string_view heard, bool ended) {
  using Kind = Step::Kind;
  if (!std::exchange(asked_, true)) return {Kind::say, std::string(kPing)};
  if (heard.starts_with(kPong)) return {Kind::passed, "answered PING"};
  if (heard.starts_with(kAuth)) return {Kind::passed, "wants a password"};
  const bool may_become_one = kPong.starts_with(heard) || kAuth.starts_with(heard);
  if (!may_become_one) return {Kind::failed, "answered PING with " + escaped(heard)};
  if (ended) return {Kind::failed, "closed after " + escaped(heard)};
  return {Kind::hear};
}

}  // namespace weir::balancer
