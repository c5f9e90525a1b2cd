#include "balancer/checker.h"

#include "base/fault_point.h"

#include <exception>
#include <utility>

namespace weir::balancer {

Checker::Checker(boost::asio::io_context& context, CheckGate& gate,
                 std::shared_ptr<const CheckPlan> plan, const base::Endpoint& endpoint, Told told)
    : context_(context),
      gate_(gate),
      plan_(std::move(plan)),
      endpoint_(endpoint),
      told_(std::move(told)),
      state_({plan_->config.rise, plan_->config.fall}, plan_->config.starts_healthy),
      timer_(context),
      self_(std::make_shared<Checker*>(this)) {
  std::uniform_int_distribution<base::Duration::rep> soon(
      0, base::Duration(config().interval).count() / 10);
  rest(base::Duration(soon(random_)));
}

Checker::~Checker() {
  *self_ = nullptr;
  if (is_inside_) gate_.leave();
}

void Checker::rest(base::Duration duration) {
  timer_.expires_after(duration);
  timer_.async_wait([this](const boost::system::error_code& cancelled) {
    if (cancelled) return;
    is_resting_ = false;
    wait_for_room();
  });
  is_resting_ = true;
}

void Checker::wait_for_room() {
  gate_.enter([this, self = self_, &gate = gate_] {
    if (*self == nullptr) return gate.leave();
    is_waiting_ = false;
    is_inside_ = true;
    run();
  });
  is_waiting_ = !is_inside_ && !is_resting_;
}

void Checker::run() {
  try {
    run_ = std::make_unique<CheckRun>(context_, plan_, endpoint_,
                                      [this](const CheckVerdict& verdict) { judged(verdict); });
  } catch (const std::exception&) {  // no memory for it
    rest(config().interval);
    leave();
  }
}

void Checker::leave() {
  is_inside_ = false;
  gate_.leave();
}

void Checker::judged(const CheckVerdict& verdict) {
  // The run calls this from its own frame, and holds what it needs until it returns.
  run_.reset();
  const bool is_known = verdict.result != CheckVerdict::Result::unknown;
  const bool changed = is_known && state_.took(verdict.result == CheckVerdict::Result::passed);
  WEIR_FAULT_POINT("checker.judged");
  rest(jittered(state_.is_changing() ? config().interval_while_changing() : config().interval));
  leave();
  told_(verdict, changed);
}

void Checker::recover() {
  if (run_ || is_resting_ || is_waiting_) return;
  rest(config().interval);
  if (is_inside_) leave();
}

base::Duration Checker::jittered(base::Duration interval) {
  const base::Duration most = interval * config().jitter_percent / 100;
  if (most == base::Duration::zero()) return interval;
  std::uniform_int_distribution<base::Duration::rep> jitter(-most.count(), most.count());
  return interval + base::Duration(jitter(random_));
}

}  // namespace weir::balancer
