#pragma once

#include "base/endpoint.h"
#include "config/parsed.h"

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace weir::config {

/// "HOST:PORT" taken apart. An IPv6 host keeps its brackets.
struct HostPort {
  std::string_view host;
  std::uint16_t port;
};

/// Splits at the last colon; the host is not looked at, but for an IPv6 address without brackets.
Parsed<HostPort> split_host_port(std::string_view text, std::uint16_t least_port);

/// "unix:/path": absolute, and short enough for the kernel.
Parsed<base::Endpoint> parse_unix_address(std::string_view text);

/// Where to listen: a literal address, "localhost" (127.0.0.1), "*" (every address, IPv6 and IPv4)
/// or "unix:/path". Port 0 lets the kernel choose.
Parsed<base::Endpoint> parse_listening_address(std::string_view text);

/// Name servers between blanks: "10.0.0.53 [fd00::1]:5353"; port 53 unless given.
Parsed<std::vector<base::Endpoint>> parse_nameservers(std::string_view text);

/// A listener's address, with the "mode=0660" that a unix socket may carry.
struct BindAddress {
  base::Endpoint endpoint;
  std::optional<mode_t> unix_mode;
};
Parsed<BindAddress> parse_bind_address(std::string_view text);

}  // namespace weir::config
