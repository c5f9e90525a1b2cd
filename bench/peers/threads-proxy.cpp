// What the reactor pattern replaced: a thread for each connection. threads-proxy LISTEN BACKEND
//
// Each thread connects to the backend, waits for either socket with poll(2) and copies through a
// buffer of its own; 64 KiB of stack, for thousands of them are to fit. IPv4 over loopback only.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

constexpr std::size_t kBufferBytes = 16 * 1024;
constexpr std::size_t kStackBytes = 64 * 1024;

sockaddr_in backend{};

sockaddr_in parse(const char* text) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  const char* const colon = std::strrchr(text, ':');
  char host[64] = {};
  std::memcpy(host, text, static_cast<std::size_t>(colon - text) % sizeof host);
  ::inet_pton(AF_INET, host, &address.sin_addr);
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(colon + 1)));
  return address;
}

void set_no_delay(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

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
  set_no_delay(server);
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
  const sockaddr_in listen = parse(argv[1]);
  backend = parse(argv[2]);
  const int acceptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(acceptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  set_no_delay(acceptor);  // inherited by what it accepts
  if (::bind(acceptor, reinterpret_cast<const sockaddr*>(&listen), sizeof listen) != 0 ||
      ::listen(acceptor, 4096) != 0) {
    std::perror("threads-proxy");
    return 1;
  }
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
