#pragma once

#include "balancer/checks.h"
#include "balancer/journal.h"
#include "balancer/pool.h"
#include "balancer/resolver.h"
#include "balancer/slot_table.h"
#include "config/config.h"
#include "proxy/accept_thread.h"
#include "proxy/admission.h"
#include "proxy/descriptor_budget.h"
#include "proxy/directory.h"
#include "proxy/listener_sockets.h"
#include "proxy/pipe_budget.h"
#include "proxy/reactor.h"
#include "proxy/watchdog.h"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::proxy {

/// The running proxy: its sockets, reactors, acceptors and pools, and their way from start to end.
/// Lives on the control thread, whose io_context the caller runs.
///
///   empty --bind--> bound --start--> serving --drain--> draining --no session left--> drained
///
/// The destructor joins every thread; after start() it may run only when drained.
class Server {
 public:
  explicit Server(boost::asio::io_context& control);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Takes every descriptor and checks the limits, starts no thread. All or nothing.
  /// @param passed  listening sockets that came with the process, by their listener's name
  /// @return empty, or what failed, with its remedy
  std::string bind(const config::Config& config, std::vector<base::PassedSocket> passed = {});
  /// Starts reactors, names and accepting. After bind().
  void start();

  /// After std::bad_alloc has left the control thread's loop. Throws it too.
  void recover();

  /// Takes what is queued, closes the listeners, lets sessions finish. `drained` is called on the
  /// control thread when none is left. Once.
  void drain(std::function<void()> drained);
  /// Resets the sessions that are left, {weir, drain}. While draining.
  void end_sessions();

  /// What an operator may ask for; on the control thread.
  enum class Asked : std::uint8_t { done, no_pool, no_backend };
  Asked set_state(std::string_view pool, std::string_view backend, balancer::Will::State state,
                  bool ends_sessions);
  Asked set_weight(std::string_view pool, std::string_view backend, std::optional<unsigned> weight);
  Asked end_sessions_of(std::string_view pool, std::string_view backend);

  /// Has work done on the control thread. Any thread.
  void post(std::function<void()> work);

  // For scrapes, on any thread, from start() on.
  [[nodiscard]] const config::Config& config() const noexcept { return config_; }
  [[nodiscard]] const Directory& directory() const noexcept { return directory_; }
  [[nodiscard]] const std::vector<std::unique_ptr<Reactor>>& reactors() const noexcept {
    return reactors_;
  }
  [[nodiscard]] const std::vector<const Acceptor*>& acceptors() const noexcept {
    return acceptors_;
  }
  [[nodiscard]] const std::vector<std::unique_ptr<balancer::Pool>>& pools() const noexcept {
    return pools_;
  }
  /// Sessions of that pool that wait for a place at a backend.
  [[nodiscard]] std::uint32_t waiting(PoolNumber pool) const noexcept {
    return places_.doors[pool].waiting();
  }
  [[nodiscard]] const Watchdog& watchdog() const noexcept { return *watchdog_; }
  [[nodiscard]] const balancer::CheckProbes& checks() const noexcept { return checks_.probes; }
  /// Connections that the kernel holds ready for that listener.
  [[nodiscard]] std::uint32_t accept_queue_length(ListenerNumber listener) const {
    return sockets_.accept_queue_length(listener);
  }
  [[nodiscard]] const balancer::Journal& journal() const noexcept { return journal_; }
  [[nodiscard]] const DescriptorBudget& descriptors() const noexcept { return descriptors_; }
  [[nodiscard]] double uptime_seconds() const noexcept {
    return std::chrono::duration<double>(base::Clock::now() - started_).count();
  }
  [[nodiscard]] std::uint64_t max_connections() const noexcept {
    return admission_->process_limit();
  }

 private:
  void make_reactors(unsigned count);
  void make_pools();
  void grow_to_slots();
  void make_acceptors();
  void pool_changed(PoolNumber number, std::shared_ptr<const balancer::PoolSnapshot> snapshot);
  void collect_failures();
  void end_sessions_of_slot(balancer::SlotNumber slot, balancer::Pool::Ending why);
  template <typename Ask>
  Asked ask_pool(std::string_view pool, Ask ask);
  void listeners_finished();
  std::function<void()> on_control(std::function<void()> work);

  boost::asio::io_context& control_;
  config::Config config_;
  DescriptorBudget descriptors_;
  PipePool::Limits pipes_;
  ListenerSockets sockets_;
  Directory directory_;
  std::unique_ptr<Admission> admission_;
  std::unique_ptr<balancer::Resolver> resolver_;
  balancer::SlotTable slots_;
  balancer::Published published_;
  SharedPlaces places_;
  balancer::Checks checks_;
  balancer::Journal journal_;
  std::vector<std::unique_ptr<balancer::Pool>> pools_;    ///< after what they refer to
  std::vector<std::unique_ptr<FailureReports>> reports_;  ///< one for each reactor
  std::vector<std::unique_ptr<Reactor>> reactors_;
  std::unique_ptr<Watchdog> watchdog_;           ///< from bind() on
  std::unique_ptr<AcceptThread> accept_thread_;  ///< none with one reactor or `accept = reuseport`
  std::vector<const Acceptor*> acceptors_;
  base::TimePoint started_ = base::Clock::now();
  std::function<void()> drained_;
  std::size_t unfinished_ = 0;  ///< acceptor threads, then reactors, that the drain waits for
};

}  // namespace weir::proxy
