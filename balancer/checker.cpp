#include "balancer/checker.h"

#include <exception>
#include <utility>

namespace weir::balancer {

Checker::Checker(boost::asio::io_context& context, CheckGate& gate,
                 const config::CheckConfig& config, const base::Endpoint& endpoint, Told told)
    : context_(context),
      gate_(gate),
      config_(config),
      endpoint_(endpoint),
      told_(std::move(told)),
      state_({config.rise, config.fall}, true),
      timer_(context),
      self_(std::make_shared<Checker*>(this)) {
  std::uniform_int_distribution<base::Duration::rep> soon(
      0, base::Duration(config_.interval).count() / 10);
  rest(base::Duration(soon(random_)));
}

Checker::~Checker() {
  *self_ = nullptr;
  if (run_) gate_.leave();
}

void Checker::rest(base::Duration duration) {
  timer_.expires_after(duration);
  timer_.async_wait([this](const boost::system::error_code& cancelled) {
    if (cancelled) return;
    gate_.enter([this, self = self_, &gate = gate_] {
      if (*self == nullptr) return gate.leave();
      run();
    });
  });
}

void Checker::run() {
  try {
    run_ = std::make_unique<CheckRun>(context_, config_, endpoint_,
                                      [this](const CheckVerdict& verdict) { judged(verdict); });
  } catch (const std::exception&) {  // no memory for it
    gate_.leave();
    rest(config_.interval);
  }
}

void Checker::judged(const CheckVerdict& verdict) {
  // The run calls this from its own frame, and holds what it needs until it returns.
  run_.reset();
  gate_.leave();
  const bool is_known = verdict.result != CheckVerdict::Result::unknown;
  const bool changed = is_known && state_.took(verdict.result == CheckVerdict::Result::passed);
  rest(jittered(state_.is_changing() ? config_.fast_interval : config_.interval));
  told_(verdict, changed);
}

base::Duration Checker::jittered(base::Duration interval) {
  const base::Duration most = interval * config_.jitter_percent / 100;
  if (most == base::Duration::zero()) return interval;
  std::uniform_int_distribution<base::Duration::rep> jitter(-most.count(), most.count());
  return interval + base::Duration(jitter(random_));
}

}  // namespace weir::balancer
