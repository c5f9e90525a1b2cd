#pragma once

#include "config/config.h"
#include "proxy/server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <cstdint>
#include <functional>

namespace weir {

/// Signals, and the way from serving to gone. SIGUSR1 opens the access log anew. Lives on the
/// control thread.
///
///   serving --signal--> delaying --drain_delay--> draining --drain_timeout--> ending --> done
///               a second signal goes to ending at once; done as soon as no session is left
class LifeCycle {
 public:
  /// Takes the signals over at once: one that comes during the start waits until the control
  /// thread runs, and drains then.
  explicit LifeCycle(boost::asio::io_context& control);

  /// Ready, and from here on a signal drains this server, of which `draining` is told first. Before
  /// the control thread runs.
  void watch(proxy::Server& server, const config::Config& config, std::function<void()> draining);
  /// False from the first signal on. Any thread.
  [[nodiscard]] bool ready() const noexcept { return ready_; }
  /// True from the first signal on. Any thread.
  [[nodiscard]] bool draining() const noexcept { return draining_; }

 private:
  enum class State { serving, delaying, draining, ending };

  void wait_for_signal();
  void signal_came(int number);
  void reopen_access_log();
  void begin_delay();
  void begin_drain();
  void end_now(const char* why);
  void finish();

  boost::asio::io_context& control_;
  bool has_access_log_ = false;
  boost::asio::signal_set signals_;
  boost::asio::steady_timer timer_;
  proxy::Server* server_ = nullptr;
  std::function<void()> tell_draining_;
  std::chrono::milliseconds drain_delay_{0};
  std::chrono::milliseconds drain_timeout_{0};
  State state_ = State::serving;
  std::uint64_t reset_before_ = 0;  ///< sessions of backends that had left, before the drain
  std::atomic<bool> ready_{false};
  std::atomic<bool> draining_{false};
};

}  // namespace weir
