#pragma once

#include "base/notify_socket.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace weir {

/// What the service manager hears of this process: that it is ready, that it stops, and, where it
/// asks for that, that it is alive: WATCHDOG=1 at half of WatchdogSec, but only while every reactor
/// beats, so that one that hangs is ended and started again. Lives on the control thread, whose own
/// life is thus told too; owned by serve().
class ServiceReport {
 public:
  /// `all_beat`: whether every reactor goes round; called on the control thread.
  ServiceReport(boost::asio::io_context& control, base::NotifySocket socket,
                std::function<bool()> all_beat);

  /// Accepting. Once.
  void ready(const std::string& status);
  /// After std::bad_alloc has left the control thread's loop, perhaps from within a ping.
  void recover();
  /// From the first signal on; asks for `patience` until the end, whatever TimeoutStopSec says.
  void stopping(std::chrono::microseconds patience, std::uint64_t sessions) noexcept;

 private:
  void ping();

  base::NotifySocket socket_;
  std::function<bool()> all_beat_;
  boost::asio::steady_timer timer_;
  std::string ready_status_;
  bool is_stopping_ = false;
  bool is_pinging_ = false;  ///< from ready() on, where pings are asked for
  bool is_armed_ = false;    ///< the next one will come by itself
  bool is_withholding_ = false;
};

}  // namespace weir
