#pragma once

#include "balancer/conversation.h"

namespace weir::balancer {

/// The begin of a session of PostgreSQL: a server that asks for authentication, lets us in, or
/// refuses us by name is there; one that is starting, stopping or full is not. Source: PostgreSQL,
/// "Frontend/Backend Protocol"; its pg_isready; HAProxy's `option pgsql-check`.
class PostgresqlConversation final : public Conversation {
 public:
  explicit PostgresqlConversation(std::string user) : user_(std::move(user)) {}

  Step next(std::string_view heard, bool ended) override;

 private:
  const std::string user_;
  bool asked_ = false;
};

}  // namespace weir::balancer
