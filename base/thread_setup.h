#pragma once

#include <signal.h>

#include <array>
#include <string>

namespace weir::base {

/// What a fault of a thread's own raises. Never blocked: of a blocked one the kernel asks no
/// handler, and ends the process at once.
inline constexpr std::array kCrashSignals = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

/// For the first lines of every thread that weir starts. Names it (at most 15 characters, as ps -L
/// shows them) and blocks all other signals: they belong to the control thread.
void set_up_thread(const std::string& name) noexcept;

/// Blocks those signals of the calling thread while it lives. Around the start of threads, which
/// inherit the mask: otherwise a signal may hit one that has not yet come to set_up_thread(), and
/// what comes meanwhile waits for the control thread instead.
class SignalsBlocked {
 public:
  SignalsBlocked() noexcept;
  ~SignalsBlocked();
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t former_;
};

/// Ties the calling thread to one CPU. False when the kernel refuses (not in the affinity mask).
bool pin_thread(unsigned cpu) noexcept;

/// Lets the calling thread yield to the others: SCHED_BATCH. False when the kernel refuses.
bool make_thread_batch() noexcept;

}  // namespace weir::base
