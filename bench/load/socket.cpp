#include "bench/load/socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace load {
namespace {

void set_option(int fd, int level, int name, int value) {
  if (setsockopt(fd, level, name, &value, sizeof value) != 0) throw_errno("setsockopt");
}

// IP_BIND_ADDRESS_NO_PORT: the port is chosen at connect, where it may be shared across
// destinations (ip(7)).
void bind_source(int fd, unsigned source) {
  set_option(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + source);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw_errno("bind to a source address");
  }
}

bool parse_port(const std::string& text, in_port_t& port) {
  std::uint16_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  port = htons(value);
  return error == std::errc() && end == text.data() + text.size();
}

[[noreturn]] void refuse(const std::string& text) {
  throw std::invalid_argument(text +
                              ": not a loopback address and port, like 127.0.0.1:80 or [::1]:80");
}

bool is_loopback(const in_addr& address) { return ntohl(address.s_addr) >> 24U == 127; }

}  // namespace

void throw_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

void Descriptor::reset() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Endpoint Endpoint::parse(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) refuse(text);
  std::string host = text.substr(0, colon);
  in_port_t port = 0;
  if (!parse_port(text.substr(colon + 1), port)) refuse(text);

  Endpoint endpoint;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = port;
    host = host.substr(1, host.size() - 2);
    if (inet_pton(AF_INET6, host.c_str(), &address.sin6_addr) != 1) refuse(text);
    if (!IN6_IS_ADDR_LOOPBACK(&address.sin6_addr)) refuse(text);
    std::memcpy(&endpoint.storage_, &address, sizeof address);
    endpoint.length_ = sizeof address;
    return endpoint;
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = port;
  if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) refuse(text);
  if (!is_loopback(address.sin_addr)) refuse(text);
  std::memcpy(&endpoint.storage_, &address, sizeof address);
  endpoint.length_ = sizeof address;
  return endpoint;
}

Descriptor listen_on(const Endpoint& endpoint) {
  Descriptor fd(socket(endpoint.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) throw_errno("socket");
  set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  if (bind(fd.get(), endpoint.address(), endpoint.length()) != 0) throw_errno("bind");
  if (listen(fd.get(), SOMAXCONN) != 0) throw_errno("listen");
  return fd;
}

std::string local_address(int fd) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &length) != 0)
    throw_errno("getsockname");
  char host[INET6_ADDRSTRLEN] = {};
  if (storage.ss_family == AF_INET6) {
    const auto& address = reinterpret_cast<const sockaddr_in6&>(storage);
    inet_ntop(AF_INET6, &address.sin6_addr, host, sizeof host);
    return "[" + std::string(host) + "]:" + std::to_string(ntohs(address.sin6_port));
  }
  const auto& address = reinterpret_cast<const sockaddr_in&>(storage);
  inet_ntop(AF_INET, &address.sin_addr, host, sizeof host);
  return std::string(host) + ":" + std::to_string(ntohs(address.sin_port));
}

Connecting start_connect(const Endpoint& endpoint, unsigned source) {
  Connecting connecting{
      Descriptor(socket(endpoint.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0))};
  if (!connecting.fd) throw_errno("socket");
  set_option(connecting.fd.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  if (source != 0 && endpoint.family() == AF_INET) bind_source(connecting.fd.get(), source);
  if (connect(connecting.fd.get(), endpoint.address(), endpoint.length()) == 0) {
    connecting.established = true;
  } else if (errno != EINPROGRESS) {
    throw_errno("connect");
  }
  return connecting;
}

int pending_error(int fd) {
  int error = 0;
  socklen_t length = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0) return errno;
  return error;
}

void require_descriptors(std::size_t wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) throw_errno("getrlimit");
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) throw_errno("setrlimit");
  if (limit.rlim_max < wanted) {
    throw std::runtime_error("this process may open " + std::to_string(limit.rlim_max) +
                             " descriptors and needs " + std::to_string(wanted));
  }
}

}  // namespace load
