#include "balancer/check_plan.h"

#include <boost/asio/ssl/context.hpp>

#include <utility>

namespace weir::balancer {

CheckPlan::CheckPlan(config::CheckConfig its_config)
    : config(std::move(its_config)), patterns(compile_patterns(config)) {
  using Kind = config::CheckConfig::Kind;
  if (config.kind != Kind::tls && config.kind != Kind::https) return;
  tls = std::make_shared<boost::asio::ssl::context>(boost::asio::ssl::context::tls_client);
  tls->set_verify_mode(boost::asio::ssl::verify_none);
}

}  // namespace weir::balancer
