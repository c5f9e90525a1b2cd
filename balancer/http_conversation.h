#pragma once

#include "balancer/conversation.h"

#include <cstddef>

namespace weir::balancer {

/// One HTTP/1.1 request and the status of its answer; the body is not read. Parsed by Beast.
/// Source: HAProxy's `option httpchk`.
class HttpConversation final : public Conversation {
 public:
  /// The configuration must outlive it. `host`: for the Host header where none is configured.
  HttpConversation(const config::CheckConfig& config, std::string host);

  Step next(std::string_view heard, bool ended) override;

 private:
  const config::CheckConfig& config_;
  const std::string host_;
  bool asked_ = false;
  std::size_t used_ = 0;  ///< bytes of interim answers
};

}  // namespace weir::balancer
