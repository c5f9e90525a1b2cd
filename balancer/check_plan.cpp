#include "balancer/check_plan.h"

#include <boost/asio/ssl/context.hpp>

#include <string>
#include <utility>

namespace weir::balancer {

CheckPlan::CheckPlan(config::CheckConfig its_config)
    : config(std::move(its_config)), patterns(compile_patterns(config)) {
  using Kind = config::CheckConfig::Kind;
  if (config.kind != Kind::tls && config.kind != Kind::https) return;
  tls = std::make_shared<boost::asio::ssl::context>(boost::asio::ssl::context::tls_client);
  tls->set_verify_mode(boost::asio::ssl::verify_none);
  // Key exchanges that a server cannot make dear for this thread: no finite fields of its choice.
  SSL_CTX* const native = tls->native_handle();
  std::string groups = "X25519:P-256:P-384";
  ::SSL_CTX_set_cipher_list(native, "DEFAULT:!kDHE");
  ::SSL_CTX_ctrl(native, SSL_CTRL_SET_GROUPS_LIST, 0, groups.data());
}

}  // namespace weir::balancer
