#include "base/endpoint.h"

#include <arpa/inet.h>
#include <net/if.h>

#include <charconv>
#include <cstddef>
#include <cstring>

namespace weir::base {
namespace {

constexpr std::string_view kUnixPrefix = "unix:";

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || result.ec != std::errc{} || result.ptr != text.data() + text.size())
    return {};
  return port;
}

std::optional<std::uint32_t> parse_scope(const std::string& text) {
  const unsigned index = ::if_nametoindex(text.c_str());
  if (index != 0) return index;
  std::uint32_t number = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || result.ec != std::errc{} || result.ptr != text.data() + text.size())
    return {};
  return number;
}

}  // namespace

Endpoint::Endpoint() noexcept : size_(sizeof(sockaddr_in)) {
  std::memset(&storage_, 0, sizeof storage_);
  storage_.ip4.sin_family = AF_INET;
}

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
  Endpoint endpoint;
  if (text.substr(0, kUnixPrefix.size()) == kUnixPrefix) {
    const std::string_view path = text.substr(kUnixPrefix.size());
    if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path)) return {};
    std::memset(&endpoint.storage_, 0, sizeof endpoint.storage_);
    endpoint.storage_.path.sun_family = AF_UNIX;
    std::memcpy(endpoint.storage_.path.sun_path, path.data(), path.size());
    endpoint.size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
    return endpoint;
  }
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return {};
  const auto port = parse_port(text.substr(colon + 1));
  if (!port) return {};
  std::string host(text.substr(0, colon));
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    sockaddr_in6& ip6 = endpoint.storage_.ip6;
    if (const size_t percent = host.find('%'); percent != std::string::npos) {
      const auto scope = parse_scope(host.substr(percent + 1));
      if (!scope) return {};
      ip6.sin6_scope_id = *scope;
      host.resize(percent);
    }
    if (::inet_pton(AF_INET6, host.c_str(), &ip6.sin6_addr) != 1) return {};
    ip6.sin6_family = AF_INET6;
    ip6.sin6_port = htons(*port);
    endpoint.size_ = sizeof(sockaddr_in6);
    return endpoint;
  }
  if (::inet_pton(AF_INET, host.c_str(), &endpoint.storage_.ip4.sin_addr) != 1) return {};
  endpoint.storage_.ip4.sin_port = htons(*port);
  return endpoint;
}

std::optional<Endpoint> Endpoint::from_kernel(const sockaddr* address, socklen_t length) {
  if (length < sizeof(sa_family_t) || length > sizeof(Storage)) return {};
  const int family = address->sa_family;
  if (family != AF_INET && family != AF_INET6 && family != AF_UNIX) return {};
  Endpoint endpoint;
  std::memset(&endpoint.storage_, 0, sizeof endpoint.storage_);
  std::memcpy(&endpoint.storage_, address, length);
  endpoint.size_ = length;
  return endpoint;
}

std::optional<Endpoint> Endpoint::of_socket(int fd) {
  Storage address{};
  socklen_t length = sizeof address;
  if (::getsockname(fd, &address.any, &length) != 0) return {};
  return from_kernel(&address.any, length);
}

bool Endpoint::is_loopback() const noexcept {
  switch (family()) {
    case AF_INET: return (ntohl(storage_.ip4.sin_addr.s_addr) >> 24) == 127;
    case AF_INET6: return IN6_IS_ADDR_LOOPBACK(&storage_.ip6.sin6_addr) != 0;
    default: return true;
  }
}

bool Endpoint::is_any_address() const noexcept {
  switch (family()) {
    case AF_INET: return storage_.ip4.sin_addr.s_addr == htonl(INADDR_ANY);
    case AF_INET6: return IN6_IS_ADDR_UNSPECIFIED(&storage_.ip6.sin6_addr) != 0;
    default: return false;
  }
}

std::uint16_t Endpoint::port() const noexcept {
  switch (family()) {
    case AF_INET: return ntohs(storage_.ip4.sin_port);
    case AF_INET6: return ntohs(storage_.ip6.sin6_port);
    default: return 0;
  }
}

Endpoint Endpoint::with_port(std::uint16_t port) const noexcept {
  Endpoint changed = *this;
  if (family() == AF_INET) changed.storage_.ip4.sin_port = htons(port);
  if (family() == AF_INET6) changed.storage_.ip6.sin6_port = htons(port);
  return changed;
}

std::string Endpoint::unix_path() const {
  if (!is_unix() || size_ <= offsetof(sockaddr_un, sun_path)) return {};
  const size_t limit = size_ - offsetof(sockaddr_un, sun_path);
  return {storage_.path.sun_path, ::strnlen(storage_.path.sun_path, limit)};
}

std::string Endpoint::to_string() const {
  char text[INET6_ADDRSTRLEN] = {};
  switch (family()) {
    case AF_INET:
      ::inet_ntop(AF_INET, &storage_.ip4.sin_addr, text, sizeof text);
      return std::string(text) + ":" + std::to_string(port());
    case AF_INET6: {
      ::inet_ntop(AF_INET6, &storage_.ip6.sin6_addr, text, sizeof text);
      std::string scope;
      if (storage_.ip6.sin6_scope_id != 0) scope = "%" + std::to_string(storage_.ip6.sin6_scope_id);
      return "[" + std::string(text) + scope + "]:" + std::to_string(port());
    }
    default: return std::string(kUnixPrefix) + unix_path();
  }
}

bool operator==(const Endpoint& a, const Endpoint& b) noexcept {
  return a.size_ == b.size_ && std::memcmp(&a.storage_, &b.storage_, a.size_) == 0;
}

}  // namespace weir::base
