#pragma once

#include "proxy/acceptor_set.h"
#include "proxy/placement.h"
#include "proxy/reactor.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace weir::proxy {

/// The accept thread of `accept = distribute` with more than one reactor: holds every listener's
/// acceptor, places what they accept and hands it over, once a reactor and turn. Unpinned and
/// SCHED_BATCH, so that it does not push a reactor aside. Owned by the server.
class AcceptThread final : public ArrivalSink {
 public:
  AcceptThread(config::Placement policy, const std::vector<std::unique_ptr<Reactor>>& reactors);
  ~AcceptThread();

  /// Before start(), on the control thread.
  Acceptor& add_acceptor(Acceptor::Listener listener, Admission& admission);
  void start();
  /// Any thread: finishes every acceptor, then calls `done` on this thread. What was accepted has
  /// been handed over by then.
  void post_finish(std::function<void()> done);
  void stop_and_join();

  void arrived(Arrival arrival) override;
  std::size_t turn_ended() override;

 private:
  void run();
  void lose(std::size_t reactor, std::size_t count) noexcept;

  const std::vector<std::unique_ptr<Reactor>>& reactors_;
  boost::asio::io_context context_;
  Placement placement_;
  AcceptorSet acceptors_;
  std::vector<std::vector<Arrival>> gathered_;  ///< by reactor, until the turn ends
  std::size_t lost_ = 0;                        ///< in this turn
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::thread thread_;
};

}  // namespace weir::proxy
