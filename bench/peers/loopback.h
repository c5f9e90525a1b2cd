#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

/// What the proxies that are compiled here have in common. IPv4 over loopback only.
namespace loopback {

inline sockaddr_in parse(const char* text) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  const char* const colon = std::strrchr(text, ':');
  char host[64] = {};
  std::memcpy(host, text, static_cast<std::size_t>(colon - text) % sizeof host);
  ::inet_pton(AF_INET, host, &address.sin_addr);
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(colon + 1)));
  return address;
}

inline void set_no_delay(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/// A listening socket; ends the program where there can be none.
inline int listen_at(const sockaddr_in& address, int flags) {
  const int acceptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
  const int on = 1;
  ::setsockopt(acceptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  set_no_delay(acceptor);  // inherited by what it accepts
  if (::bind(acceptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(acceptor, 4096) != 0) {
    std::perror("listen");
    std::exit(1);
  }
  return acceptor;
}

}  // namespace loopback
