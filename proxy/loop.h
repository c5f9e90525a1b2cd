#pragma once

#include "proxy/engine.h"
#include "proxy/mailbox.h"

#include <boost/asio/io_context.hpp>

namespace weir::proxy {

/// What a reactor's thread does: turns of its engine, and what the io_context has to do (posts,
/// timers) in between. The engine waits for both: the io_context's own epoll set and the
/// mailbox are descriptors of the engine's set. The other way round, with the engine's set inside
/// Asio's, each event of a session costs the kernel a walk into the outer set, and each wait three
/// system calls instead of one (docs/decisions/0008).
/// Owned by the reactor, used on its thread.
class Loop final : private Watched {
 public:
  /// Handlers of the io_context that are run before the sessions have their turn again.
  static constexpr int kHandlersPerTurn = 16;

  /// Throws std::system_error when the kernel refuses to watch.
  Loop(boost::asio::io_context& context, const Mailbox& mailbox, Engine& engine);

  /// On its thread, once, before run().
  void start() { engine_.start(); }
  /// Returns when the io_context has been stopped; the mailbox must be woken after that. Throws
  /// what a handler throws, and may be called again then.
  void run();

 private:
  void run_handlers();
  /// At once, before the turn's acceptors: what was posted before a client came is done before it
  /// is served.
  void readable() override { run_handlers(); }

  boost::asio::io_context& context_;
  Engine& engine_;
  bool may_have_handlers_ = true;
  bool is_stopped_ = false;  ///< asked when no handler is left, not in each turn: it takes a lock
};

}  // namespace weir::proxy
