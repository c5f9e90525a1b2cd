#pragma once

#include "balancer/backend_probes.h"
#include "base/thread_owner.h"
#include "config/config.h"
#include "proxy/acceptor_set.h"
#include "proxy/accounts.h"
#include "proxy/admission.h"
#include "proxy/arrival.h"
#include "proxy/connector.h"
#include "proxy/engine.h"
#include "proxy/heartbeat.h"
#include "proxy/inbox.h"
#include "proxy/loop.h"
#include "proxy/mailbox.h"
#include "proxy/places.h"
#include "proxy/probes.h"
#include "proxy/session_commands.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <pthread.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace weir::proxy {

/// One thread, one io_context, one engine, one set of books: relays every session that was placed
/// on it, and shares nothing with the others but published counts. Owned by the server.
///
///   built --start()--> running --drain()--> draining --no session left--> drained --stop()-->
///   ended
class Reactor final : public ArrivalSink {
 public:
  /// All set-up happens before start(), on the control thread.
  Reactor(unsigned number, Admission& admission, FailureReports& reports, Engine::Options options,
          std::chrono::milliseconds heartbeat);
  ~Reactor();

  void add_listener(std::string name) { accounts_.add_listener(std::move(name)); }
  void add_pool(std::shared_ptr<const balancer::PoolSnapshot> snapshot,
                const balancer::Published& published);
  /// What all reactors share of places; it is among them from then on.
  void share_places(SharedPlaces& shared);
  /// A listener's socket that this reactor accepts on itself.
  Acceptor& add_acceptor(Acceptor::Listener listener, Admission& admission);
  void write_access_log() noexcept { accounts_.write_access_log(); }

  /// Starts the thread, on that CPU if one is given. An exception that leaves its loop ends the
  /// process: a reactor that died must not leave a proxy that limps.
  void start(std::optional<unsigned> cpu);
  /// After start().
  [[nodiscard]] pthread_t thread() { return thread_.native_handle(); }
  /// Any thread: lets the loop look around, should it wait.
  void wake() noexcept { mailbox_.wake(); }
  /// Any thread: lets the loop return once it has nothing left to run, and joins it.
  void stop_and_join();

  // From other threads, by post:
  void post_accepting();
  /// Finishes its acceptors, then calls `done` on this reactor's thread.
  void post_finish(std::function<void()> done);
  /// Takes connections over, and leaves the batch empty. The accept thread gathers them and
  /// hands them over once a turn. Throws std::bad_alloc, with nothing taken.
  void post_arrivals(std::vector<Arrival>& batch) { inbox_.put(batch); }
  /// Swaps a pool's snapshot between two events. `published` is the server's, as in add_pool.
  void post_snapshot(PoolNumber pool, std::shared_ptr<const balancer::PoolSnapshot> snapshot);
  /// Calls `drained` on this reactor's thread as soon as no session is left.
  void post_drain(std::function<void()> drained);
  /// Ends the sessions of that backend with a reset, {weir, how}.
  void post_end_backend(balancer::SlotNumber slot, How how);
  /// Has an operator's command run on this reactor's thread.
  void post_command(Command kind, std::function<void(SessionCommands&)> command);
  /// Ends every session with a reset, {weir, how}.
  void post_end_all(How how);

  // ArrivalSink, for an acceptor that lives on this reactor.
  void arrived(Arrival arrival) override;
  std::size_t turn_ended() override;

  // Read by scrapes, picks and placement on any thread.
  [[nodiscard]] const ReactorProbe& probe() const noexcept { return probe_; }
  [[nodiscard]] ReactorProbe& probe() noexcept { return probe_; }
  [[nodiscard]] const Accounts& accounts() const noexcept { return accounts_; }
  [[nodiscard]] const balancer::BackendProbes& backends() const noexcept { return backends_; }
  [[nodiscard]] balancer::BackendProbes& backends() noexcept { return backends_; }
  [[nodiscard]] unsigned number() const noexcept { return number_; }

 private:
  template <typename Work>
  void post(Command command, Work work);
  void run(std::optional<unsigned> cpu);
  void recover();
  void take_next(PoolView& view);
  void take_over(std::vector<Arrival>& batch);

  const unsigned number_;
  boost::asio::io_context context_;
  Mailbox mailbox_;
  ReactorProbe probe_;
  balancer::BackendProbes backends_;
  const balancer::Published* published_ = nullptr;
  Outcomes outcomes_;
  Accounts accounts_;
  Engine engine_;
  Loop loop_;
  Inbox inbox_;
  Places places_;
  Connector connector_;
  Heartbeat heartbeat_;
  SessionCommands commands_;
  AcceptorSet acceptors_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::thread thread_;
};

}  // namespace weir::proxy
