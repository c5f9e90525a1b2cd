#include "proxy/acceptor.h"

#include "base/check.h"
#include "base/log.h"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

namespace weir::proxy {

Acceptor::Acceptor(boost::asio::io_context& context, Listener listener, Admission& admission,
                   ArrivalSink& sink)
    : context_(context),
      listener_(std::move(listener)),
      admission_(admission),
      sink_(sink),
      descriptor_(context, listener_.socket),
      retry_(context) {}

Acceptor::~Acceptor() {
  if (descriptor_.is_open()) descriptor_.release();
}

void Acceptor::start() {
  thread_.bind();
  wait();
}

void Acceptor::wait() {
  descriptor_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                         [this](const boost::system::error_code& error) {
                           if (error == boost::asio::error::operation_aborted) return;
                           WEIR_CHECK(!error);  // it has been registered: no wait on it fails
                           turn();
                         });
}

void Acceptor::turn() {
  thread_.assert_here();
  if (finished_) return;
  const Stop stop = accept_batch();
  sink_.turn_ended();
  if (stop == Stop::no_room || stop == Stop::exhausted) return pause(stop);
  wait();  // asks the kernel anew, so what is still queued wakes it at once
}

Acceptor::Stop Acceptor::accept_batch() {
  std::uint64_t room = admission_.room(listener_.number);
  const base::TimePoint now = base::Clock::now();
  int failures = 0;
  for (int tried = 0; tried < kBatch; ++tried) {
    if (room == 0) return Stop::no_room;
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    const int fd = ::accept4(listener_.socket, reinterpret_cast<sockaddr*>(&address), &size,
                             SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      const Stop stop = failed(errno, ++failures == kMaxFailures);
      if (stop != Stop::batch_full) return stop;
      continue;
    }
    --room;
    probe_.accepted.add();
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
  const base::TimePoint now = base::Clock::now();
  if (now - last_warning_ >= std::chrono::seconds(1)) {
    last_warning_ = now;
    base::log::warning("listener {}: cannot accept: {}. trying again in {} ms", listener_.name,
                       std::strerror(error), kRetry.count());
  }
  return Stop::exhausted;
}

void Acceptor::pause(Stop why) {
  paused_ = true;
  admission_.wait_for_room();
  const bool at_limit = why == Stop::no_room;
  if (at_limit && admission_.room(listener_.number) > 0)
    return resume();  // a session ended while the flag went up
  retry_.expires_after(at_limit ? kLimitRetry : kRetry);
  retry_.async_wait([this](const boost::system::error_code& error) {
    if (!error) resume();
  });
}

void Acceptor::room_was_made() noexcept {
  try {
    boost::asio::post(context_, [this] { resume(); });
  } catch (const std::bad_alloc&) {
    // The retry timer is armed in every pause, for this.
  }
}

void Acceptor::resume() {
  if (!paused_ || finished_) return;
  paused_ = false;
  retry_.cancel();
  wait();
}

void Acceptor::finish() {
  thread_.assert_here();
  if (finished_) return;
  for (int batch = 0; batch < kLastBatches; ++batch) {
    const Stop stop = accept_batch();
    sink_.turn_ended();
    if (stop == Stop::queue_empty || stop == Stop::no_room) break;
  }
  finished_ = true;
  retry_.cancel();
  descriptor_.release();
}

}  // namespace weir::proxy
