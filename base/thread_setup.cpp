#include "base/thread_setup.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>

namespace weir::base {
namespace {

sigset_t all_but_crashes() noexcept {
  sigset_t set;
  ::sigfillset(&set);
  for (const int signal : kCrashSignals) ::sigdelset(&set, signal);
  return set;
}

}  // namespace

void set_up_thread(const std::string& name) noexcept {
  ::pthread_setname_np(::pthread_self(), name.substr(0, 15).c_str());
  const sigset_t blocked = all_but_crashes();
  ::pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
}

SignalsBlocked::SignalsBlocked() noexcept {
  const sigset_t blocked = all_but_crashes();
  ::pthread_sigmask(SIG_SETMASK, &blocked, &former_);
#ifdef __SANITIZE_THREAD__
  // A thread's first blocking call makes ThreadSanitizer's record of its pending signals. That of
  // g++ 12 forgets a signal that comes at that very moment; here none can.
  ::poll(nullptr, 0, 0);
#endif
}

SignalsBlocked::~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &former_, nullptr); }

bool pin_thread(unsigned cpu) noexcept {
  if (cpu >= CPU_SETSIZE) return false;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  return ::pthread_setaffinity_np(::pthread_self(), sizeof set, &set) == 0;
}

bool make_thread_batch() noexcept {
  const sched_param parameters{};
  return ::pthread_setschedparam(::pthread_self(), SCHED_BATCH, &parameters) == 0;
}

}  // namespace weir::base
