#include "proxy/heartbeat.h"

#include <algorithm>

namespace weir::proxy {

void Heartbeat::start() {
  timer_.expires_at(base::Clock::now() + interval_);  // cancels what was waited for
  wait();
}

void Heartbeat::wait() {
  timer_.async_wait([this](const boost::system::error_code& cancelled) {
    if (!cancelled) beat();
  });
}

void Heartbeat::beat() {
  const base::TimePoint due = timer_.expiry();
  const base::TimePoint now = base::Clock::now();
  probe_.loop_lag.observe(now - due);
  probe_.beats.add();
  probe_.busy.mark(now);
  timer_.expires_at(std::max(due + interval_, now));  // what was missed is not made up for
  wait();
}

}  // namespace weir::proxy
