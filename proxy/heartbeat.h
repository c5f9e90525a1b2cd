#pragma once

#include "base/clock.h"
#include "proxy/probes.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>

namespace weir::proxy {

/// A timer of a reactor's own that always runs: how late it fires is the loop's lag, and that it
/// fires at all is the sign of life that the watchdog waits for. Owned by the reactor, on its
/// thread.
class Heartbeat {
 public:
  Heartbeat(boost::asio::io_context& context, ReactorProbe& probe,
            std::chrono::milliseconds interval)
      : timer_(context), probe_(probe), interval_(interval) {}

  /// Begins; or begins again after std::bad_alloc has left a beat. Throws it too.
  void start();

 private:
  void wait();
  void beat();

  boost::asio::steady_timer timer_;
  ReactorProbe& probe_;
  const base::Duration interval_;
};

}  // namespace weir::proxy
