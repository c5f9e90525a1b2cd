#pragma once

#include "proxy/engine.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <functional>

namespace weir::proxy {

/// How an acceptor hears that its listening socket has connections: owned by it, on its thread.
class ListenWatch {
 public:
  virtual ~ListenWatch() = default;
  /// Calls on_readable in a turn of its own when the socket has connections. No harm when it waits
  /// already. Throws std::bad_alloc.
  virtual void wait() = 0;
  /// It is not called until the next wait().
  virtual void stop() noexcept = 0;
  /// For good; the socket may be closed after it. Idempotent.
  virtual void leave() noexcept = 0;

  std::function<void()> on_readable;  ///< set before the first wait(); may throw std::bad_alloc
};

/// By an io_context that its thread runs: that of the accept thread.
class ContextListenWatch final : public ListenWatch {
 public:
  /// Borrows the socket. Throws boost::system::system_error when it cannot be watched.
  ContextListenWatch(boost::asio::io_context& context, int socket) : descriptor_(context, socket) {}
  ~ContextListenWatch() override { leave(); }

  void wait() override;
  void stop() noexcept override;
  void leave() noexcept override;

 private:
  boost::asio::posix::stream_descriptor descriptor_;
  bool is_wanted_ = false;   ///< between wait() and stop()
  bool is_waiting_ = false;  ///< a handler is on its way, perhaps of a wait that was stopped
};

/// By the engine of the reactor that it lives on: without the io_context's three system calls a
/// turn (a wait that finds out, another that finds nothing more, and an epoll_ctl to wait again).
class EngineListenWatch final : public ListenWatch, private Watched {
 public:
  /// Borrows the socket. Throws std::system_error when it cannot be watched.
  EngineListenWatch(Engine& engine, int socket);
  ~EngineListenWatch() override { leave(); }

  void wait() override { mute(false); }
  void stop() noexcept override { mute(true); }
  void leave() noexcept override;

 private:
  void readable() override;
  void mute(bool on) noexcept;

  Engine& engine_;
  const Engine::WatchNumber number_;
  bool is_muted_ = false;
  bool has_left_ = false;
};

}  // namespace weir::proxy
