#pragma once

#include <chrono>

namespace weir::base {

/// The one clock of deadlines and durations: never jumps when the wall clock does.
using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Duration = Clock::duration;

}  // namespace weir::base
