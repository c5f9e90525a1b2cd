#pragma once

#include "balancer/conversation.h"

#include <cstddef>

namespace weir::balancer {

/// The steps of `check = tcp send=... expect=...`, in order; none: to be connected is enough. What
/// is expected may stand anywhere in what has come since the last expectation was met. Source:
/// HAProxy's `tcp-check send` and `tcp-check expect`.
class ScriptedConversation final : public Conversation {
 public:
  /// Both must outlive it.
  ScriptedConversation(const config::CheckConfig& config, const CheckPatterns& patterns) noexcept
      : config_(config), patterns_(patterns) {}

  Step next(std::string_view heard, bool ended) override;

 private:
  bool find(const config::CheckStep& step, std::string_view heard);

  const config::CheckConfig& config_;
  const CheckPatterns& patterns_;
  std::size_t step_ = 0;
  std::size_t pattern_ = 0;  ///< of the next step that has one
  std::size_t used_ = 0;     ///< bytes that have met an expectation
};

}  // namespace weir::balancer
