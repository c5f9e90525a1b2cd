#pragma once

#include "proxy/engine.h"
#include "proxy/session_search.h"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>

namespace weir::proxy {

/// What people ask of the sessions of one reactor: a list, the kernel's facts, an end. Whatever
/// looks at many goes a number of them each turn, so that relaying never waits for it; what comes
/// or goes meanwhile may be missed. Owned by the reactor, used on its thread.
class SessionCommands {
 public:
  /// Places of the slab that one turn looks at, and sessions that it asks the kernel about (two
  /// system calls each).
  static constexpr std::uint32_t kListedPerTurn = 128;
  static constexpr std::uint32_t kAskedPerTurn = 16;
  static constexpr std::uint32_t kEndedPerTurn = 64;

  using Search = std::shared_ptr<SessionSearch>;
  using Done = std::function<void()>;

  SessionCommands(unsigned reactor, Engine& engine, boost::asio::io_context& context) noexcept
      : reactor_(reactor), engine_(engine), context_(context) {}

  /// Offers every session to the search, then calls `done`.
  void list(Search search, Done done) { list_from(0, std::move(search), std::move(done)); }
  /// Adds the facts to those of the found rows that are this reactor's, then calls `done`.
  void add_tcp_facts(Search search, Done done) {
    add_tcp_facts_from(0, std::move(search), std::move(done));
  }
  /// Ends that session with a reset, {weir, admin}. False when it has gone.
  bool end(std::uint32_t index, std::uint32_t generation);
  /// Ends those that are connected or connecting to that backend so.
  void end_backend(balancer::SlotNumber slot) { end_backend_from(0, slot); }

 private:
  void list_from(std::uint32_t from, Search search, Done done);
  void add_tcp_facts_from(std::size_t from, Search search, Done done);
  void end_backend_from(std::uint32_t from, balancer::SlotNumber slot);
  bool end(Session& session);

  const unsigned reactor_;
  Engine& engine_;
  boost::asio::io_context& context_;
};

}  // namespace weir::proxy
