// The least a relay can do: wait, receive, send. least-relay LISTEN BACKEND
//
// Not a proxy: what does not fit into a socket is lost, no half-close is passed on, nothing is
// timed or counted. For round trips only, as the floor under what every proxy takes. IPv4 over
// loopback.
#include "bench/peers/loopback.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace {

constexpr int kEvents = 256;
std::vector<int> peers;  // of each descriptor; 0: none

void watch(int epoll, int fd, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

void join(int epoll, int client, const sockaddr_in& backend) {
  const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  loopback::set_no_delay(server);
  ::connect(server, reinterpret_cast<const sockaddr*>(&backend), sizeof backend);
  const auto needed = static_cast<std::size_t>(std::max(client, server)) + 1;
  if (peers.size() < needed) peers.resize(needed);
  peers[static_cast<std::size_t>(client)] = server;
  peers[static_cast<std::size_t>(server)] = client;
  watch(epoll, client, EPOLLIN | EPOLLET);
  watch(epoll, server, EPOLLIN | EPOLLET);
}

void relay(int fd) {
  static char buffer[64 * 1024];
  int& peer = peers[static_cast<std::size_t>(fd)];
  if (peer == 0) return;  // closed in this very batch
  const ssize_t count = ::recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
  if (count > 0) ::send(peer, buffer, static_cast<std::size_t>(count), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (count > 0 || (count < 0 && errno == EAGAIN)) return;
  ::close(peer);
  ::close(fd);
  peers[static_cast<std::size_t>(peer)] = 0;
  peer = 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: least-relay LISTEN BACKEND\n", stderr);
    return 2;
  }
  const sockaddr_in backend = loopback::parse(argv[2]);
  const int acceptor = loopback::listen_at(loopback::parse(argv[1]), SOCK_NONBLOCK);
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  watch(epoll, acceptor, EPOLLIN);
  epoll_event events[kEvents];
  for (;;) {
    const int count = ::epoll_wait(epoll, events, kEvents, -1);
    for (int i = 0; i < count; ++i) {
      if (events[i].data.fd != acceptor) {
        relay(events[i].data.fd);
        continue;
      }
      for (int client; (client = ::accept4(acceptor, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;)
        join(epoll, client, backend);
    }
  }
}
