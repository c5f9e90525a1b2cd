#pragma once

#include "config/config.h"
#include "config/parsed.h"

#include <string>
#include <string_view>

namespace weir::config {

/// "HOST:PORT [weight=0..256] [priority=0..15] [max_connections=N]" or "unix:/path [...]"; HOST is
/// a literal address or a name, which is not looked up here. "_redis._tcp.example": SRV records.
Parsed<BackendConfig> parse_backend(std::string_view text);

/// One text for every way to write the same address: two backends of a pool must differ in it.
std::string canonical_address(const BackendConfig& backend);

}  // namespace weir::config
