#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::base {

/// A socket address in the kernel's form: IPv4, IPv6 or a unix path. A value; compares by content.
class Endpoint {
 public:
  Endpoint() noexcept;

  /// "10.0.0.1:80", "[::1]:80" (with "%scope" if wanted) or "unix:/path". Names are not resolved
  /// here. Empty when the text is none of them; a port is decimal, 0 to 65535.
  static std::optional<Endpoint> parse(std::string_view text);
  /// Copies what accept4, getsockname or a resolver gave. Empty for families other than the three.
  static std::optional<Endpoint> from_kernel(const sockaddr* address, socklen_t length);
  /// The address that this socket is bound to (getsockname); empty when it has none.
  static std::optional<Endpoint> of_socket(int fd);

  [[nodiscard]] const sockaddr* data() const noexcept { return &storage_.any; }
  [[nodiscard]] socklen_t size() const noexcept { return size_; }
  [[nodiscard]] int family() const noexcept { return storage_.any.sa_family; }
  [[nodiscard]] bool is_unix() const noexcept { return family() == AF_UNIX; }
  /// 127.0.0.0/8, ::1 or a unix socket: reachable from this machine only.
  [[nodiscard]] bool is_loopback() const noexcept;
  /// 0.0.0.0 or [::].
  [[nodiscard]] bool is_any_address() const noexcept;
  /// 0 for a unix socket.
  [[nodiscard]] std::uint16_t port() const noexcept;
  [[nodiscard]] Endpoint with_port(std::uint16_t port) const noexcept;
  /// Without its prefix; empty for an address.
  [[nodiscard]] std::string unix_path() const;
  /// The form that parse() takes.
  [[nodiscard]] std::string to_string() const;

  friend bool operator==(const Endpoint& a, const Endpoint& b) noexcept;

 private:
  union Storage {
    sockaddr any;
    sockaddr_in ip4;
    sockaddr_in6 ip6;
    sockaddr_un path;
  };
  Storage storage_;
  socklen_t size_;
};

}  // namespace weir::base
