#pragma once

#include "base/clock.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>

namespace weir::proxy {

/// A duration in four bytes, because a session keeps several: whole microseconds, up to 71 minutes.
using ShortTime = std::chrono::duration<std::uint32_t, std::micro>;

/// What is longer than that is told as that, and what is negative as nothing.
constexpr ShortTime short_time(base::Duration duration) noexcept {
  constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
  return ShortTime(static_cast<std::uint32_t>(std::clamp<std::int64_t>(microseconds, 0, kMost)));
}

}  // namespace weir::proxy
