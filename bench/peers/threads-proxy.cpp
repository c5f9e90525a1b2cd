// What the reactor pattern replaced: a thread for each connection. threads-proxy LISTEN BACKEND
//
// Each thread connects to the backend, waits for either socket with poll(2) and copies through a
// buffer of its own; 64 KiB of stack, for thousands of them are to fit. IPv4 over loopback only.
#include "bench/peers/loopback.h"

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <csignal>

namespace {

constexpr std::size_t kBufferBytes = 16 * 1024;
constexpr std::size_t kStackBytes = 64 * 1024;

sockaddr_in backend{};

bool send_all(int fd, const char* bytes, ssize_t count) {
  while (count > 0) {
    const ssize_t sent = ::send(fd, bytes, static_cast<std::size_t>(count), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes += sent;
    count -= sent;
  }
  return true;
}

// Until both streams have ended, or one breaks.
void relay(int client, int server) {
  char buffer[kBufferBytes];
  pollfd sides[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
  while (sides[0].fd >= 0 || sides[1].fd >= 0) {
    if (::poll(sides, 2, -1) < 0) return;
    for (int i = 0; i < 2; ++i) {
      if (sides[i].fd < 0 || sides[i].revents == 0) continue;
      const int other = i == 0 ? server : client;
      const ssize_t count = ::recv(sides[i].fd, buffer, sizeof buffer, 0);
      if (count < 0 || (count > 0 && !send_all(other, buffer, count))) return;
      if (count == 0) {
        ::shutdown(other, SHUT_WR);
        sides[i].fd = -1;
      }
    }
  }
}

void* serve(void* argument) {
  const int client = static_cast<int>(reinterpret_cast<std::intptr_t>(argument));
  const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  loopback::set_no_delay(server);
  if (::connect(server, reinterpret_cast<const sockaddr*>(&backend), sizeof backend) == 0)
    relay(client, server);
  ::close(server);
  ::close(client);
  return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: threads-proxy LISTEN BACKEND\n", stderr);
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  const sockaddr_in listen = loopback::parse(argv[1]);
  backend = loopback::parse(argv[2]);
  const int acceptor = loopback::listen_at(listen, 0);
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, kStackBytes);
  ::pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  for (;;) {
    const int client = ::accept4(acceptor, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    pthread_t thread;
    void* const argument = reinterpret_cast<void*>(static_cast<std::intptr_t>(client));
    if (::pthread_create(&thread, &attributes, serve, argument) != 0) ::close(client);
  }
}
