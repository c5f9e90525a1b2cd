#pragma once

#include "base/log_limiter.h"
#include "base/thread_owner.h"
#include "proxy/admission.h"
#include "proxy/arrival.h"
#include "proxy/listen_watch.h"
#include "proxy/mailbox.h"
#include "proxy/probes.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <string>

namespace weir::proxy {

/// Accepts on one listener's socket, up to kBatch connections a turn, and brings them to its sink.
/// The one place where accept4 fails: a connection that died in the queue is skipped; want of
/// descriptors or memory pauses for kRetry or until a session ends, because retrying at once spins
/// and not retrying leaves a dead listener; a hold of the admission passes by itself. A limit
/// pauses until a session ends.
///
///   waiting --readable--> turn --queue empty, batch full--> waiting
///      ^                    +----no room, exhausted-------> paused --session ended, kRetry-->
///      waiting
///      +--- from any of them: finish() --> finishing --queue empty--> closed
///
/// Borrows its socket. Lives on the thread of its io_context; owned by whoever owns that thread.
class Acceptor final : public AdmissionWaiter {
 public:
  static constexpr int kBatch = 16;
  /// What finish() takes at most: more than the largest backlog in use, yet an end.
  static constexpr int kLastBatches = 1024;
  static constexpr int kLastRetries = 10;
  /// Failures in one turn after which it pauses even if each was only a connection's own: a fault
  /// that does not pass (a security module's EPERM) must not spin.
  static constexpr int kMaxFailures = 16;
  static constexpr std::chrono::milliseconds kRetry{100};
  /// At a limit the end of a session resumes; this is only for a post that found no memory.
  static constexpr std::chrono::seconds kLimitRetry{1};

  struct Listener {
    std::string name;
    ListenerNumber number = 0;
    PoolNumber pool = 0;
    int socket = -1;
    bool is_unix = false;
    bool is_passed = false;  ///< a service manager holds the socket too
  };

  /// `mailbox`: of a reactor, whose loop does not wait inside Asio; null on the accept thread.
  Acceptor(boost::asio::io_context& context, std::unique_ptr<ListenWatch> watch, Listener listener,
           Admission& admission, ArrivalSink& sink, Mailbox* mailbox = nullptr);

  /// On its own thread, once, before anything that follows.
  void bind_thread() { thread_.bind(); }
  /// Takes what is queued as far as limits allow, a batch at a time between the thread's other
  /// handlers, then shuts the socket and calls `finished`. Nothing new is queued from then on.
  void finish(std::function<void()> finished);
  /// Waits for connections; also again, after std::bad_alloc has left the thread's loop. Throws it
  /// too.
  void resume();

  void room_was_made() noexcept override;
  [[nodiscard]] const AcceptorProbe& probe() const noexcept { return probe_; }
  [[nodiscard]] const Listener& listener() const noexcept { return listener_; }

 private:
  enum class Stop : std::uint8_t { queue_empty, batch_full, no_room, held, exhausted };

  void wait();
  void turn();
  void end_pause();
  Stop accept_batch();
  /// What to do after accept4 failed with `error`; batch_full means try the next one, which
  /// `is_last` rules out.
  Stop failed(int error, bool is_last);
  void warn(int error) noexcept;
  void pause(Stop why);
  void finish_some();
  void close();

  boost::asio::io_context& context_;
  const Listener listener_;
  Admission& admission_;
  ArrivalSink& sink_;
  Mailbox* const mailbox_;
  AcceptorProbe probe_;
  base::ThreadOwner thread_;
  const std::unique_ptr<ListenWatch> watch_;
  boost::asio::steady_timer retry_;
  bool paused_ = false;
  std::function<void()> finished_;  ///< to be called at the end; set while finishing
  bool closed_ = false;
  int last_batches_ = 0;
  int last_retries_ = 0;
  base::log::Limiter warnings_{std::chrono::seconds(2)};
};

}  // namespace weir::proxy
