#pragma once

#include <pthread.h>

#include <chrono>
#include <string>
#include <vector>

/// Where a thread is, function by function, asked from another one: a signal has the thread look at
/// its own stack (the way of Seastar's stall detector). Functions of the program have names because
/// it is linked with its symbols exported.
namespace weir::base::backtrace {

inline constexpr int kMostFrames = 48;

/// Before a thread that may be asked starts: takes the signal, and loads the unwinder, so that the
/// handler needs neither memory nor a lock.
void prepare();
/// On a thread that may be asked.
void allow_on_this_thread() noexcept;

/// The stack of that thread, innermost function first; empty when it has not answered in time. A
/// thread at a time asks.
[[nodiscard]] std::vector<std::string> of(pthread_t thread, std::chrono::milliseconds patience);

}  // namespace weir::base::backtrace
