#pragma once

#include "base/clock.h"
#include "base/descriptor.h"
#include "proxy/session_state.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <random>
#include <string>
#include <utility>

namespace weir::proxy {

using base::Descriptor;

struct TcpPair {
  Descriptor peer;  ///< the test's end, non-blocking
  Descriptor ours;  ///< the session's end
};

inline TcpPair make_tcp_pair() {
  const Descriptor listener(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(::listen(listener.get(), 1), 0);
  ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
  TcpPair pair{Descriptor(::socket(AF_INET, SOCK_STREAM, 0)), {}};
  EXPECT_EQ(::connect(pair.peer.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  pair.ours = Descriptor(::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK));
  ::fcntl(pair.peer.get(), F_SETFL, O_NONBLOCK);
  return pair;
}

/// The peer's view of one stream: sends what it has, keeps what it gets.
struct Peer {
  explicit Peer(Descriptor socket) : fd(std::move(socket)) {}
  Descriptor fd;
  std::string to_send;
  std::size_t sent = 0;
  std::string received;
  bool saw_fin = false;
  int error = 0;

  void send_some() {
    if (sent == to_send.size()) return;
    const ssize_t count =
        ::send(fd.get(), to_send.data() + sent, to_send.size() - sent, MSG_NOSIGNAL);
    if (count > 0) sent += static_cast<std::size_t>(count);
  }
  void receive_some(std::size_t most = 1 << 20) {
    std::string buffer(most, '\0');
    const ssize_t count = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
    if (count > 0) received.append(buffer, 0, static_cast<std::size_t>(count));
    if (count == 0) saw_fin = true;
    if (count < 0 && errno != EAGAIN) error = errno;
  }
  void half_close() const { ::shutdown(fd.get(), SHUT_WR); }
  void reset() {
    const linger now{1, 0};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    fd.reset();
  }
};

inline std::string random_bytes(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

/// What the connector leaves behind: both sides connected, nothing relayed yet.
inline SessionState relaying_state(int downstream, int upstream) {
  SessionState state;
  state.downstream.fd = downstream;
  state.upstream.fd = upstream;
  state.stage = Stage::relaying;
  state.idle_timeout = std::chrono::hours(1);
  state.half_close_timeout = std::chrono::minutes(5);
  state.last_progress = base::Clock::now();
  return state;
}

}  // namespace weir::proxy
