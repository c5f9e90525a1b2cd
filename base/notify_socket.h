#pragma once

#include "base/descriptor.h"

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include <chrono>
#include <map>
#include <string>
#include <string_view>

namespace weir::base {

/// Where the service manager that started this process wants to be told how it goes: systemd, or
/// whoever speaks the protocol of sd_notify(3), which is one datagram a message. Made before any
/// thread runs; any one thread may use it. What cannot be delivered is lost without a word: nothing
/// here may hold up or end a proxy.
class NotifySocket {
 public:
  /// From NOTIFY_SOCKET (a path, or '@' and an abstract name), WATCHDOG_USEC and WATCHDOG_PID.
  NotifySocket(const std::map<std::string, std::string>& environment, pid_t self);

  [[nodiscard]] bool listens() const noexcept { return socket_.is_open(); }
  /// Within this it wants a WATCHDOG=1 each time, or takes the process for dead; 0: it does not.
  [[nodiscard]] std::chrono::microseconds watchdog() const noexcept { return watchdog_; }

  /// "READY=1\nSTATUS=..." as sd_notify(3) lists them. Waits kPatience at most, where the manager
  /// does not read.
  void tell(std::string_view message) const noexcept;

  static constexpr std::chrono::milliseconds kPatience{100};

 private:
  Descriptor socket_;  ///< closed when nobody listens
  sockaddr_un address_{};
  socklen_t address_size_ = 0;
  std::chrono::microseconds watchdog_{0};
};

}  // namespace weir::base
