#pragma once

#include "balancer/conversation.h"

namespace weir::balancer {

/// PING and +PONG. A server that wants a password is there to ask for it; one that is loading its
/// data says so, and fails. Source: HAProxy's `option redis-check`; redis' "Inline commands".
class RedisConversation final : public Conversation {
 public:
  Step next(std::string_view heard, bool ended) override;

 private:
  bool asked_ = false;
};

}  // namespace weir::balancer
