#include "admin/admin_server.h"

#include "admin/connection.h"
#include "admin/connection_list.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/log_limiter.h"
#include "base/thread_setup.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <exception>
#include <functional>
#include <system_error>
#include <thread>
#include <utility>

namespace weir::admin {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr int kNice = 10;
constexpr int kAcceptsPerTurn = 16;

bool is_exhaustion(int error) noexcept {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/// Errors of one connection that failed before it was accepted (accept(2)): the next may be fine.
bool is_about_the_client(int error) noexcept {
  switch (error) {
    case EINTR:
    case ECONNABORTED:
    case EPERM:
    case EPROTO:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH: return true;
    default: return false;
  }
}

}  // namespace

/// Everything but the constructor, start() and stop() runs on the admin thread.
class AdminServer::Impl {
 public:
  Impl(base::Descriptor listening_socket, Sources sources, Rules rules, Limits limits)
      : limits_(limits),
        each_second_(std::move(sources.each_second)),
        router_(std::move(sources), std::move(rules)),
        listening_(context_, listening_socket.release()) {}

  void start();
  void stop() noexcept;

 private:
  void run() noexcept;
  void wait_for_clients();
  void accept_clients();
  [[nodiscard]] bool somebody_waits();
  void pause_accepting(int error);
  void serve(base::Descriptor socket, int address_family);
  void wait_a_second();
  void close_all() noexcept;

  const Limits limits_;
  const std::function<void()> each_second_;
  Router router_;
  ConnectionList connections_;
  asio::io_context context_{1};  // after what its handlers refer to: they are destroyed with it
  asio::posix::stream_descriptor listening_;
  asio::steady_timer accept_pause_{context_};
  asio::steady_timer second_{context_};
  base::log::Limiter accept_lines_;
  std::thread thread_;
};

void AdminServer::Impl::start() {
  wait_for_clients();
  if (each_second_) {
    second_.expires_after(std::chrono::seconds(0));
    wait_a_second();
  }
  thread_ = std::thread([this] { run(); });
}

void AdminServer::Impl::stop() noexcept {
  if (!thread_.joinable()) return;
  asio::post(context_, [this] { close_all(); });
  thread_.join();
}

void AdminServer::Impl::run() noexcept {
  base::set_up_thread("weir-admin");
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);  // a thread's own on Linux
  for (;;) {
    try {
      context_.run();
      return;
    } catch (const std::exception& fault) {
      base::log::error("admin: {}", fault.what());
    } catch (...) {
      base::log::error("admin: unknown exception");
    }
  }
}

/// A second from the last one, unless that is over already: a thread that was held up does not make
/// up for what it missed.
void AdminServer::Impl::wait_a_second() {
  second_.async_wait([this](error_code cancelled) {
    if (cancelled || !listening_.is_open()) return;
    const base::TimePoint next = second_.expiry() + std::chrono::seconds(1);
    second_.expires_at(std::max(next, base::Clock::now()));
    wait_a_second();
    each_second_();
  });
}

void AdminServer::Impl::wait_for_clients() {
  listening_.async_wait(asio::posix::stream_descriptor::wait_read, [this](error_code error) {
    if (!error) accept_clients();
  });
}

void AdminServer::Impl::accept_clients() {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    auto* const address = reinterpret_cast<sockaddr*>(&peer);
    base::Descriptor socket(
        ::accept4(listening_.native_handle(), address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket) {
      serve(std::move(socket), peer.ss_family);
    } else if (const int error = errno; error == EAGAIN) {
      break;
    } else if (is_exhaustion(error) && !somebody_waits()) {
      break;  // accept4 wants a descriptor before it looks whether there is anything to accept
    } else if (!is_about_the_client(error)) {
      pause_accepting(error);
      return;
    }
  }
  wait_for_clients();
}

bool AdminServer::Impl::somebody_waits() {
  pollfd client{listening_.native_handle(), POLLIN, 0};
  return ::poll(&client, 1, 0) > 0;
}

/// The listening socket stays readable while a client waits, so trying again at once would spin.
/// For want of descriptors the longest idle client makes room, as at the connection limit.
void AdminServer::Impl::pause_accepting(int error) {
  if (accept_lines_.allow(base::Clock::now())) {
    base::log::warning("admin: accept failed: {} ({} more)", std::generic_category().message(error),
                       accept_lines_.take_suppressed());
  }
  if (is_exhaustion(error) && connections_.size() > 0)
    connections_.longest_idle(base::Clock::now()).close();
  accept_pause_.expires_after(limits_.accept_pause);
  accept_pause_.async_wait([this](error_code cancelled) {
    if (!cancelled) wait_for_clients();
  });
}

void AdminServer::Impl::serve(base::Descriptor socket, int address_family) {
  if (connections_.size() >= limits_.connections)
    connections_.longest_idle(base::Clock::now()).close();
  try {
    Connection::start(context_, std::move(socket), address_family, router_, limits_, connections_);
  } catch (const std::exception& fault) {
    if (accept_lines_.allow(base::Clock::now()))
      base::log::error("admin: cannot serve a connection: {} ({} more)", fault.what(),
                       accept_lines_.take_suppressed());
  }
}

void AdminServer::Impl::close_all() noexcept {
  error_code ignored;
  listening_.close(ignored);
  accept_pause_.cancel();
  second_.cancel();
  while (connections_.size() > 0) connections_.front().close();
}

AdminServer::AdminServer(base::Descriptor listening_socket, Sources sources, Rules rules,
                         Limits limits)
    : impl_(std::make_unique<Impl>(std::move(listening_socket), std::move(sources),
                                   std::move(rules), limits)) {}

AdminServer::~AdminServer() { stop(); }

void AdminServer::start() { impl_->start(); }

void AdminServer::stop() noexcept { impl_->stop(); }

}  // namespace weir::admin
