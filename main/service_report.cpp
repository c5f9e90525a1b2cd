#include "main/service_report.h"

#include "base/log.h"

#include <cstdio>
#include <utility>

namespace weir {

ServiceReport::ServiceReport(boost::asio::io_context& control, base::NotifySocket socket,
                             std::function<bool()> all_beat)
    : socket_(std::move(socket)), all_beat_(std::move(all_beat)), timer_(control) {}

void ServiceReport::ready(const std::string& status) {
  ready_status_ = "STATUS=" + status;
  socket_.tell("READY=1\n" + ready_status_);
  is_pinging_ = socket_.watchdog().count() > 0;
  recover();
}

void ServiceReport::recover() {
  if (is_pinging_ && !is_armed_) ping();
}

/// Without memory of its own: nothing may keep a signal from draining.
void ServiceReport::stopping(std::chrono::microseconds patience, std::uint64_t sessions) noexcept {
  char message[160];
  std::snprintf(message, sizeof message,
                "STOPPING=1\nEXTEND_TIMEOUT_USEC=%lld\nSTATUS=draining %llu session(s)",
                static_cast<long long>(patience.count()),
                static_cast<unsigned long long>(sessions));
  socket_.tell(message);
  is_stopping_ = true;
}

void ServiceReport::ping() {
  const bool alive = all_beat_();
  if (alive) {
    socket_.tell("WATCHDOG=1");
    if (is_withholding_) {
      base::log::info("every reactor beats again: the service manager's watchdog is fed");
      if (!is_stopping_) socket_.tell(ready_status_);
    }
  } else if (!is_withholding_) {
    base::log::error("a reactor hangs: the service manager's watchdog is not fed any more");
    socket_.tell("STATUS=a reactor hangs");
  }
  is_withholding_ = !alive;
  timer_.expires_after(socket_.watchdog() / 2);
  timer_.async_wait([this](const boost::system::error_code& error) {
    is_armed_ = false;
    if (!error) ping();
  });
  is_armed_ = true;
}

}  // namespace weir
