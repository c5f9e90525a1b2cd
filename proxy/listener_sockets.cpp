#include "proxy/listener_sockets.h"

#include "base/listening_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace weir::proxy {
namespace {

using base::Descriptor;
using base::Endpoint;
using PortShare = base::ListeningOptions::PortShare;

PortShare share_of(std::size_t number, std::size_t count) noexcept {
  if (count == 1) return PortShare::none;
  return number == 0 ? PortShare::first : PortShare::further;
}

}  // namespace

std::string ListenerSockets::bind(const std::vector<config::ListenerConfig>& listeners,
                                  std::size_t sockets_each) {
  for (const config::ListenerConfig& listener : listeners) {
    Listener made{listener.name, listener.bind, {}, {}};
    const std::size_t count = listener.bind.is_unix() ? 1 : sockets_each;
    for (std::size_t i = 0; i < count; ++i) {
      Descriptor socket = base::open_listening_socket(
          made.bound, {static_cast<int>(listener.backlog), listener.unix_mode, share_of(i, count)});
      if (!socket) {
        const int error = errno;
        close_all();
        return "listener " + listener.name + ": " +
               base::listening_failure(made.bound, error, "bind, --listen");
      }
      made.bound = Endpoint::of_socket(socket.get()).value_or(made.bound);
      made.sockets.push_back(std::move(socket));
    }
    made.file = base::SocketFile(made.bound);
    listeners_.push_back(std::move(made));
  }
  return {};
}

/// tcp_get_info() puts the length of a listening socket's queue into tcpi_unacked.
std::uint32_t ListenerSockets::accept_queue_length(std::size_t listener) const {
  const std::lock_guard lock(closing_);
  std::uint32_t waiting = 0;
  for (const Descriptor& socket : listeners_[listener].sockets) {
    tcp_info info{};
    socklen_t size = sizeof info;
    if (::getsockopt(socket.get(), IPPROTO_TCP, TCP_INFO, &info, &size) == 0)
      waiting += info.tcpi_unacked;
  }
  return waiting;
}

void ListenerSockets::close_all() noexcept {
  const std::lock_guard lock(closing_);
  for (Listener& listener : listeners_) {
    listener.sockets.clear();
    listener.file.remove();
  }
}

}  // namespace weir::proxy
