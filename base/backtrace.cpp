#include "base/backtrace.h"

#include "base/clock.h"

#include <fmt/format.h>

#include <cxxabi.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <semaphore.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <memory>

namespace weir::base::backtrace {
namespace {

/// The handler's own frame, and the one by which the kernel called it.
constexpr int kFramesOfTheHandler = 2;

int signal_number() noexcept { return SIGRTMIN + 1; }

/// What is asked, and the answer. Static: a thread may answer long after the asker has gone.
struct Question {
  std::atomic<bool> is_open{false};
  pthread_t thread{};
  std::array<void*, kMostFrames> frames{};
  int count = 0;
  sem_t answered{};
};
Question question;

extern "C" void answer_question(int) {
  const int saved = errno;
  if (question.is_open.load(std::memory_order_acquire) &&
      ::pthread_equal(question.thread, ::pthread_self()) != 0) {
    question.count = ::backtrace(question.frames.data(), kMostFrames);
    question.is_open.store(false, std::memory_order_release);
    ::sem_post(&question.answered);
  }
  errno = saved;
}

bool wait_for_answer(std::chrono::milliseconds patience) noexcept {
  timespec until{};
  ::clock_gettime(CLOCK_REALTIME, &until);
  const auto nanoseconds = until.tv_nsec + std::chrono::nanoseconds(patience).count();
  until.tv_sec += nanoseconds / 1'000'000'000;
  until.tv_nsec = nanoseconds % 1'000'000'000;
  int result = 0;
  do {
    result = ::sem_timedwait(&question.answered, &until);
  } while (result != 0 && errno == EINTR);
  return result == 0;
}

std::string demangled(const char* name) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(name, nullptr, nullptr, &status), &std::free);
  return status == 0 ? text.get() : name;
}

std::string describe(void* frame) {
  // A frame is where a call returns to, which may be past the end of the function that called.
  const auto address = reinterpret_cast<std::uintptr_t>(frame);
  Dl_info info{};
  if (::dladdr(reinterpret_cast<void*>(address - 1), &info) == 0) return fmt::format("{}", frame);
  if (info.dli_sname != nullptr)
    return fmt::format("{}+{:#x}", demangled(info.dli_sname),
                       address - reinterpret_cast<std::uintptr_t>(info.dli_saddr));
  return fmt::format("{}(+{:#x})", info.dli_fname,
                     address - reinterpret_cast<std::uintptr_t>(info.dli_fbase));
}

}  // namespace

void prepare() {
  ::sem_init(&question.answered, 0, 0);
  std::array<void*, 1> frame{};
  ::backtrace(frame.data(), 1);  // the first call loads a library
  struct sigaction action {};
  action.sa_handler = answer_question;
  action.sa_flags = SA_RESTART;
  ::sigaction(signal_number(), &action, nullptr);
}

void allow_on_this_thread() noexcept {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, signal_number());
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

std::vector<std::string> of(pthread_t thread, std::chrono::milliseconds patience) {
  question.is_open.store(false, std::memory_order_relaxed);
  while (::sem_trywait(&question.answered) == 0) {
  }  // an answer that came too late
  question.thread = thread;
  question.is_open.store(true, std::memory_order_release);
  if (::pthread_kill(thread, signal_number()) != 0 || !wait_for_answer(patience)) {
    question.is_open.store(false, std::memory_order_release);
    return {};
  }
  std::vector<std::string> lines;
  for (int i = kFramesOfTheHandler; i < question.count; ++i)
    lines.push_back(describe(question.frames[static_cast<std::size_t>(i)]));
  return lines;
}

}  // namespace weir::base::backtrace
