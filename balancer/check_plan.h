#pragma once

#include "balancer/conversation.h"
#include "config/config.h"

#include <memory>

namespace boost::asio::ssl {
class context;
}

namespace weir::balancer {

/// A pool's check, made ready: what is costly is made once for all its backends. Immutable but for
/// what OpenSSL does inside; on the control thread.
struct CheckPlan {
  /// Throws boost::system::system_error when OpenSSL cannot be had.
  explicit CheckPlan(config::CheckConfig its_config);

  [[nodiscard]] bool has_tls() const noexcept { return tls != nullptr; }

  config::CheckConfig config;
  CheckPatterns patterns;
  /// Of a client that believes every certificate: a check asks who is there, not who that is.
  std::shared_ptr<boost::asio::ssl::context> tls;  ///< null where none is needed
};

}  // namespace weir::balancer
