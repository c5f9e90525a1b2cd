#include "proxy/listener_sockets.h"

#include "base/listening_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

namespace weir::proxy {
namespace {

using base::Descriptor;
using base::Endpoint;
using base::PassedSocket;
using PortShare = base::ListeningOptions::PortShare;

PortShare share_of(std::size_t number, std::size_t count) noexcept {
  if (count == 1) return PortShare::none;
  return number == 0 ? PortShare::first : PortShare::further;
}

/// Moves those of that name out of `passed`.
std::vector<Descriptor> take(std::vector<PassedSocket>& passed, const std::string& name) {
  const auto others =
      std::stable_partition(passed.begin(), passed.end(),
                            [&](const PassedSocket& socket) { return socket.name != name; });
  std::vector<Descriptor> taken;
  std::for_each(others, passed.end(),
                [&](PassedSocket& socket) { taken.push_back(std::move(socket.descriptor)); });
  passed.erase(others, passed.end());
  return taken;
}

/// Empty, or what is wrong with the sockets that were passed for this listener.
std::string adopt(const std::vector<Descriptor>& sockets, const config::ListenerConfig& listener,
                  std::size_t count) {
  const std::string what = "listener " + listener.name + ": ";
  if (sockets.size() != count)
    return what + std::to_string(sockets.size()) + " socket(s) were passed under this name, not " +
           std::to_string(count) +
           (count == 1 ? ". pass one: ListenStream= may stand once in its .socket unit"
                       : ". pass one for each reactor (ReusePort=yes), or set accept = distribute");
  for (const Descriptor& socket : sockets) {
    const std::string fault =
        base::adopt_listening_socket(socket, listener.bind, static_cast<int>(listener.backlog));
    if (!fault.empty()) return what + "the socket that was passed under this name " + fault;
  }
  return {};
}

/// Binds them. Empty, or what failed.
std::string open(ListenerSockets::Listener& made, const config::ListenerConfig& listener,
                 std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    Descriptor socket = base::open_listening_socket(
        made.bound, {static_cast<int>(listener.backlog), listener.unix_mode, share_of(i, count)});
    if (!socket)
      return "listener " + listener.name + ": " +
             base::listening_failure(made.bound, errno, "bind, --listen");
    made.bound = Endpoint::of_socket(socket.get()).value_or(made.bound);
    made.sockets.push_back(std::move(socket));
  }
  return {};
}

std::string nobody_takes(const PassedSocket& socket,
                         const std::vector<config::ListenerConfig>& listeners) {
  std::string names;
  for (const config::ListenerConfig& listener : listeners)
    names += (names.empty() ? "" : ", ") + listener.name;
  return "no listener is called \"" + socket.name + "\", as the passed socket on descriptor " +
         std::to_string(socket.descriptor.get()) + " is. set FileDescriptorName= of its .socket " +
         "unit to a listener's name (" + names + ")";
}

}  // namespace

std::string ListenerSockets::bind(const std::vector<config::ListenerConfig>& listeners,
                                  std::size_t sockets_each, std::vector<PassedSocket> passed) {
  std::string failure;
  for (const config::ListenerConfig& listener : listeners) {
    Listener made{listener.name, listener.bind, take(passed, listener.name), {}, false};
    const std::size_t count = listener.bind.is_unix() ? 1 : sockets_each;
    made.is_passed = !made.sockets.empty();
    failure = made.is_passed ? adopt(made.sockets, listener, count) : open(made, listener, count);
    if (!failure.empty()) break;
    made.bound = Endpoint::of_socket(made.sockets.front().get()).value_or(made.bound);
    if (!made.is_passed) made.file = base::SocketFile(made.bound);
    listeners_.push_back(std::move(made));
  }
  if (failure.empty() && !passed.empty()) failure = nobody_takes(passed.front(), listeners);
  if (!failure.empty()) close_all();
  return failure;
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
