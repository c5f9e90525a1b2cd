#pragma once

#include "config/config.h"
#include "config/parsed.h"

#include <chrono>
#include <string_view>

namespace weir::config {

/// Longer ones are taken for a slip of the keyboard; deadlines stay far from overflow.
inline constexpr std::chrono::milliseconds kLongestDuration = std::chrono::hours(24 * 365);

/// "250ms", "5s", "1h30m": whole numbers with a unit each (ms, s, m, h, d), largest unit first.
/// Zero needs a unit, too. At most kLongestDuration.
Parsed<std::chrono::milliseconds> parse_duration(std::string_view text);

/// The same, but zero is a fault.
Parsed<std::chrono::milliseconds> parse_timeout(std::string_view text);

/// A duration; "off" and zero are zero.
Parsed<std::chrono::milliseconds> parse_duration_or_none(std::string_view text);

/// A timeout, and "off" is kNever.
Parsed<std::chrono::milliseconds> parse_timeout_or_off(std::string_view text);

}  // namespace weir::config
