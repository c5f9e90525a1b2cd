#include "balancer/conversation.h"

#include "balancer/http_conversation.h"
#include "balancer/mysql_conversation.h"
#include "balancer/postgresql_conversation.h"
#include "balancer/redis_conversation.h"
#include "balancer/scripted_conversation.h"
#include "base/check.h"
#include "config/check_steps.h"

#include <utility>

namespace weir::balancer {
namespace {

constexpr std::size_t kShownBytes = 40;

}  // namespace

std::string escaped(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text = "\"";
  for (const char byte : bytes.substr(0, kShownBytes)) {
    const auto value = static_cast<unsigned char>(byte);
    if (value >= 0x20 && value < 0x7f && byte != '"' && byte != '\\')
      text += byte;
    else
      text.append({'\\', 'x', kDigits[value >> 4], kDigits[value & 15]});
  }
  return text + (bytes.size() > kShownBytes ? "...\"" : "\"");
}

CheckPatterns compile_patterns(const config::CheckConfig& config) {
  CheckPatterns patterns;
  for (const config::CheckStep& step : config.steps)
    if (step.kind == config::CheckStep::Kind::expect_regex)
      patterns.push_back(config::compile_pattern(step.text));
  return patterns;
}

std::unique_ptr<Conversation> make_conversation(const config::CheckConfig& config,
                                                const CheckPatterns& patterns, std::string host) {
  using Kind = config::CheckConfig::Kind;
  switch (config.kind) {
    case Kind::none: break;
    case Kind::tcp:
    case Kind::tls: return std::make_unique<ScriptedConversation>(config, patterns);
    case Kind::http:
    case Kind::https: return std::make_unique<HttpConversation>(config, std::move(host));
    case Kind::redis: return std::make_unique<RedisConversation>();
    case Kind::postgresql: return std::make_unique<PostgresqlConversation>(config.user);
    case Kind::mysql: return std::make_unique<MysqlConversation>(config.user);
  }
  WEIR_CHECK(false);  // a pool without a check makes no checker
}

}  // namespace weir::balancer
