#pragma once

#include <cstdint>

namespace weir::config {

/// What weir is asked to do; without a word for it, it serves.
enum class Command : std::uint8_t { serve, check, demo, healthcheck, version, help };

}  // namespace weir::config
