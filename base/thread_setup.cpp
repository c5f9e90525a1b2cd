#include "base/thread_setup.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>

namespace weir::base {

void set_up_thread(const std::string& name) noexcept {
  ::pthread_setname_np(::pthread_self(), name.substr(0, 15).c_str());
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

SignalsBlocked::SignalsBlocked() noexcept {
  sigset_t all;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &former_);
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
