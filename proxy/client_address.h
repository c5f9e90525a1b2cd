#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir::proxy {

/// A client's address in 20 bytes, where base::Endpoint takes 112: every idle session keeps one.
/// Taken from accept4, because getpeername fails on a socket whose client has already reset.
class ClientAddress {
 public:
  ClientAddress() noexcept = default;
  explicit ClientAddress(const sockaddr_storage& address) noexcept;

  /// An address as text, without the heap: also for a line about memory running out.
  class Text {
   public:
    [[nodiscard]] std::string_view view() const noexcept { return {characters_.data(), size_}; }

   private:
    friend class ClientAddress;
    std::array<char, 56> characters_{};  // "[" INET6_ADDRSTRLEN "]:65535"
    std::size_t size_ = 0;
  };

  /// Equal for equal addresses, whatever the port; the same for all clients of a unix socket.
  [[nodiscard]] std::uint64_t key() const noexcept;

  /// "10.0.0.1:1234", "[::1]:1234", or "unix" for a unix socket, whose clients have no address.
  [[nodiscard]] Text text() const noexcept;

 private:
  std::array<std::uint8_t, 16> bytes_{};
  std::uint16_t port_ = 0;
  std::uint16_t family_ = AF_UNSPEC;
};

}  // namespace weir::proxy
