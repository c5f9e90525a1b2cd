#pragma once

#include <pthread.h>
#include <sys/types.h>

#include <chrono>

/// What the kernel knows of a thread of this process. Any thread may ask.
namespace weir::base {

/// Time it has had on a CPU; zero when it cannot be told.
[[nodiscard]] std::chrono::nanoseconds cpu_time_of(pthread_t thread) noexcept;

/// Time it was ready to run and had no CPU: another thread, or the host of this machine, had it
/// (/proc/PID/task/TID/schedstat, see proc(5)); zero when it cannot be told.
[[nodiscard]] std::chrono::nanoseconds waited_for_cpu(pid_t thread_id) noexcept;

/// In words: "runnable" (on a CPU, or waiting for one), "asleep" in a call, "in disk sleep",
/// "stopped"; "unknown" when it cannot be told.
[[nodiscard]] const char* state_of(pid_t thread_id) noexcept;

}  // namespace weir::base
