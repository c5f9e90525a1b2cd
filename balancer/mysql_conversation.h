#pragma once

#include "balancer/conversation.h"

#include <cstddef>
#include <cstdint>

namespace weir::balancer {

/// The begin of a session of MySQL or MariaDB, with an answer to its greeting: a server counts
/// connections that leave without one, and after max_connect_errors of them lets nobody in from
/// that host. To be refused by name is enough. Source: MySQL, "Connection Phase"; HAProxy's
/// `option mysql-check user`.
class MysqlConversation final : public Conversation {
 public:
  explicit MysqlConversation(std::string user) : user_(std::move(user)) {}

  Step next(std::string_view heard, bool ended) override;

 private:
  enum class Phase : std::uint8_t { greeting, answer, parting };
  Step judge(std::string_view payload, std::uint8_t sequence);

  const std::string user_;
  Phase phase_ = Phase::greeting;
  std::string verdict_;   ///< of the parting
  std::size_t used_ = 0;  ///< bytes of packets that have been looked at
};

}  // namespace weir::balancer
