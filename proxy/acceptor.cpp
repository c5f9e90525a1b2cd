#include "proxy/acceptor.h"

#include "base/check.h"
#include "base/fault_point.h"
#include "base/log.h"
#include "base/uncancelled.h"

#include <boost/asio/post.hpp>

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

namespace weir::proxy {

Acceptor::Acceptor(boost::asio::io_context& context, std::unique_ptr<ListenWatch> watch,
                   Listener listener, Admission& admission, ArrivalSink& sink, Mailbox* mailbox)
    : context_(context),
      listener_(std::move(listener)),
      admission_(admission),
      sink_(sink),
      mailbox_(mailbox),
      watch_(std::move(watch)),
      retry_(context) {
  watch_->on_readable = [this] { turn(); };
}

void Acceptor::wait() {
  WEIR_FAULT_POINT("acceptor.wait");
  watch_->wait();
}

void Acceptor::turn() {
  thread_.assert_here();
  if (finished_ || closed_) return;
  const Stop stop = accept_batch();
  probe_.lost.add(sink_.turn_ended());
  if (stop != Stop::queue_empty && stop != Stop::batch_full) return pause(stop);
  wait();  // what is still queued wakes it at once
}

void Acceptor::resume() {
  thread_.assert_here();
  if (closed_) return;
  if (finished_) return finish_some();
  paused_ = false;
  retry_.cancel();
  wait();
}

Acceptor::Stop Acceptor::accept_batch() {
  std::uint64_t room = admission_.room(listener_.number);
  const base::TimePoint now = base::Clock::now();
  int failures = 0;
  for (int tried = 0; tried < kBatch; ++tried) {
    if (room == 0) return Stop::no_room;
    if (admission_.is_held(now)) return Stop::held;
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    const int fd =
        base::uncancelled::accept4(listener_.socket, reinterpret_cast<sockaddr*>(&address), &size,
                                   SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      const Stop stop = failed(errno, ++failures == kMaxFailures);
      if (stop != Stop::batch_full) return stop;
      continue;
    }
    --room;
    probe_.accepted.add();
    admission_.accepted(now);
    sink_.arrived({base::Descriptor(fd), ClientAddress(address), listener_.number, listener_.pool,
                   listener_.is_unix, now});
  }
  return Stop::batch_full;
}

Acceptor::Stop Acceptor::failed(int error, bool is_last) {
  const auto count = [this](AcceptError kind) {
    probe_.errors[static_cast<std::size_t>(kind)].add();
  };
  switch (error) {
    case EAGAIN: return Stop::queue_empty;
    case EMFILE:
    case ENFILE: count(AcceptError::descriptors); break;
    case ENOBUFS:
    case ENOMEM: count(AcceptError::memory); break;
    case EBADF:
    case EINVAL:
    case ENOTSOCK:
    case EOPNOTSUPP:
    case EFAULT: count(AcceptError::other); break;
    default:
      // Errors of the connection that was waiting, not of ours (accept(2): treat them like EAGAIN).
      count(AcceptError::aborted);
      if (!is_last) return Stop::batch_full;
      break;
  }
  warn(error);
  return Stop::exhausted;
}

void Acceptor::warn(int error) noexcept {
  if (!warnings_.allow(base::Clock::now())) return;
  base::log::warning("listener {}: cannot accept: {}. trying again in {} ms ({} more)",
                     listener_.name, std::strerror(error), kRetry.count(),
                     warnings_.take_suppressed());
}

void Acceptor::pause(Stop why) {
  paused_ = true;
  watch_->stop();
  admission_.wait_for_room();
  const bool at_limit = why == Stop::no_room;
  if (at_limit && admission_.room(listener_.number) > 0)
    return end_pause();  // a session ended while the flag went up
  const bool held = why == Stop::held;
  retry_.expires_after(at_limit ? kLimitRetry : held ? Admission::kHold : kRetry);
  retry_.async_wait([this](const boost::system::error_code& error) {
    if (!error) end_pause();
  });
}

void Acceptor::room_was_made() noexcept {
  try {
    boost::asio::post(context_, [this] { end_pause(); });
    if (mailbox_ != nullptr) mailbox_->wake();
  } catch (const std::bad_alloc&) {
    // The retry timer is armed in every pause, for this.
  }
}

void Acceptor::end_pause() {
  if (!paused_ || finished_ || closed_) return;
  paused_ = false;
  retry_.cancel();
  wait();
}

void Acceptor::finish(std::function<void()> finished) {
  thread_.assert_here();
  WEIR_CHECK(!finished_ && !closed_);
  finished_ = std::move(finished);
  watch_->stop();
  finish_some();
}

void Acceptor::finish_some() {
  if (closed_) return;
  const Stop stop = accept_batch();
  probe_.lost.add(sink_.turn_ended());
  if (stop == Stop::batch_full && ++last_batches_ < kLastBatches)
    return boost::asio::post(context_, [this] { finish_some(); });
  const bool may_pass = stop == Stop::held || stop == Stop::exhausted;
  if (!may_pass || ++last_retries_ > kLastRetries) return close();
  retry_.expires_after(kRetry);  // sessions that end may give their descriptors back
  retry_.async_wait([this](const boost::system::error_code& error) {
    if (!error) finish_some();
  });
}

/// Shut at once, on this thread: its owner closes the descriptor only when every acceptor has
/// finished, and what the kernel queued until then would be reset. (shutdown(2) makes a listening
/// socket stop listening: inet_shutdown, TCP_LISTEN.) Not one that is a service manager's too: who
/// comes now waits in its queue for the next to be started.
void Acceptor::close() {
  closed_ = true;
  if (!listener_.is_passed) ::shutdown(listener_.socket, SHUT_RD);
  retry_.cancel();
  watch_->leave();
  std::exchange(finished_, nullptr)();
}

}  // namespace weir::proxy
