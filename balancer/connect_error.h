#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir::balancer {

/// Why an attempt to connect failed.
enum class ConnectError : std::uint8_t { refused, unreachable, timeout, other, ports, resources };
inline constexpr std::size_t kConnectErrorCount = 6;
inline constexpr std::array<std::string_view, kConnectErrorCount> kConnectErrorNames = {
    "refused", "unreachable", "timeout", "other", "ports", "resources"};

/// What an errno of socket(2) or connect(2) means.
ConnectError connect_error_of(int error) noexcept;

/// This machine is short of something; the backend may be well, and it is not counted against it.
constexpr bool is_own_want(ConnectError error) noexcept {
  return error == ConnectError::ports || error == ConnectError::resources;
}

}  // namespace weir::balancer
