#include "main/life_cycle.h"

#include "base/log.h"
#include "proxy/totals.h"

#include <csignal>
#include <string>
#include <utility>

namespace weir {
namespace {

double seconds_of(std::chrono::milliseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

LifeCycle::LifeCycle(boost::asio::io_context& control)
    : control_(control), signals_(control, SIGTERM, SIGINT, SIGHUP), timer_(control) {
  signals_.add(SIGUSR1);
  std::signal(SIGPIPE, SIG_IGN);  // splice(2) has no flag against it
  std::signal(SIGUSR2, SIG_IGN);
  wait_for_signal();
}

void LifeCycle::watch(proxy::Server& server, const config::Config& config,
                      std::function<void()> draining) {
  server_ = &server;
  tell_draining_ = std::move(draining);
  drain_delay_ = config.drain_delay;
  drain_timeout_ = config.drain_timeout;
  has_access_log_ = config.access_log != "none";
  ready_ = true;
}

void LifeCycle::wait_for_signal() {
  signals_.async_wait([this](const boost::system::error_code& error, int number) {
    if (error) return;
    signal_came(number);
    wait_for_signal();
  });
}

void LifeCycle::signal_came(int number) {
  if (number == SIGHUP) return base::log::warning("SIGHUP ignored: reload does not exist yet");
  if (number == SIGUSR1) return reopen_access_log();
  switch (state_) {
    case State::serving: begin_delay(); break;
    case State::delaying:
    case State::draining: end_now("a second signal asks to stop at once"); break;
    case State::ending: break;
  }
}

void LifeCycle::reopen_access_log() {
  if (!has_access_log_) return base::log::info("SIGUSR1: there is no access log to open anew");
  const std::string failure = base::log::reopen_access();
  if (failure.empty()) return base::log::info("access log: opened anew");
  base::log::error("access log: {}; it goes on in the old file", failure);
}

void LifeCycle::begin_delay() {
  ready_ = false;
  draining_ = true;
  tell_draining_();
  reset_before_ = proxy::sessions_reset_by_drain(*server_);
  if (drain_delay_.count() == 0) return begin_drain();
  state_ = State::delaying;
  base::log::info("draining: not ready any more; listeners close in {:g} s",
                  seconds_of(drain_delay_));
  timer_.expires_after(drain_delay_);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && state_ == State::delaying) begin_drain();
  });
}

void LifeCycle::begin_drain() {
  state_ = State::draining;
  base::log::info("draining: {} session(s) have {:g} s to end", proxy::sessions_active(*server_),
                  seconds_of(drain_timeout_));
  server_->drain([this] { finish(); });
  timer_.expires_after(drain_timeout_);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && state_ == State::draining) end_now("drain_timeout has passed");
  });
}

void LifeCycle::end_now(const char* why) {
  timer_.cancel();
  if (state_ == State::delaying) server_->drain([this] { finish(); });
  state_ = State::ending;
  base::log::warning("{}: resetting the sessions that are left", why);
  server_->end_sessions();
}

void LifeCycle::finish() {
  base::log::info("drained; {} session(s) had to be reset",
                  proxy::sessions_reset_by_drain(*server_) - reset_before_);
  control_.stop();
}

}  // namespace weir
