#include "proxy/client_address.h"

#include "base/hash.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstdio>
#include <cstring>

namespace weir::proxy {

ClientAddress::ClientAddress(const sockaddr_storage& address) noexcept
    : family_(address.ss_family) {
  if (family_ == AF_INET) {
    sockaddr_in ip4;
    std::memcpy(&ip4, &address, sizeof ip4);
    std::memcpy(bytes_.data(), &ip4.sin_addr, sizeof ip4.sin_addr);
    port_ = ntohs(ip4.sin_port);
  } else if (family_ == AF_INET6) {
    sockaddr_in6 ip6;
    std::memcpy(&ip6, &address, sizeof ip6);
    port_ = ntohs(ip6.sin6_port);
    if (IN6_IS_ADDR_V4MAPPED(&ip6.sin6_addr)) {  // an IPv4 client of a socket for both
      family_ = AF_INET;
      std::memcpy(bytes_.data(), &ip6.sin6_addr.s6_addr[12], 4);
    } else {
      std::memcpy(bytes_.data(), &ip6.sin6_addr, sizeof ip6.sin6_addr);
    }
  }
}

std::uint64_t ClientAddress::key() const noexcept {
  const std::size_t size = family_ == AF_INET ? 4 : bytes_.size();
  return base::hash({reinterpret_cast<const char*>(bytes_.data()), size});
}

ClientAddress::Text ClientAddress::text() const noexcept {
  char address[INET6_ADDRSTRLEN] = {};
  if (family_ == AF_INET || family_ == AF_INET6)
    ::inet_ntop(family_, bytes_.data(), address, sizeof address);
  Text text;
  char* const out = text.characters_.data();
  const std::size_t room = text.characters_.size();
  const unsigned port = port_;
  const int size = family_ == AF_INET    ? std::snprintf(out, room, "%s:%u", address, port)
                   : family_ == AF_INET6 ? std::snprintf(out, room, "[%s]:%u", address, port)
                                         : std::snprintf(out, room, "unix");
  text.size_ = static_cast<std::size_t>(size);
  return text;
}

}  // namespace weir::proxy
