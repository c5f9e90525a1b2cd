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
///
///   idle --of()--> asked --that thread's handler--> answering --> answered --of()--> asked ...
///     ^--- patience is over ---|
///
/// The word counts the questions, so that who comes late to one cannot take the next for it.
struct Question {
  enum State : std::uint64_t { idle, asked, answering, answered };
  static constexpr std::uint64_t kStates = 4;

  static State state_of(std::uint64_t word) noexcept { return static_cast<State>(word % kStates); }
  static std::uint64_t number_of(std::uint64_t word) noexcept { return word - word % kStates; }

  std::atomic<std::uint64_t> word{idle};
  std::atomic<pthread_t> thread{};
  std::array<void*, kMostFrames> frames{};
  int count = 0;
  sem_t told{};  ///< posted after each answer
};
Question question;

extern "C" void answer_question(int) {
  const int saved = errno;
  std::uint64_t word = question.word.load();
  const std::uint64_t number = Question::number_of(word);
  if (word == number + Question::asked &&
      ::pthread_equal(question.thread.load(), ::pthread_self()) != 0 &&
      question.word.compare_exchange_strong(word, number + Question::answering)) {
    question.count = ::backtrace(question.frames.data(), kMostFrames);
    question.word.store(number + Question::answered);
    ::sem_post(&question.told);
  }
  errno = saved;
}

/// Whether this question has been answered in time. A post may be that of an earlier one.
bool wait_for_answer(std::uint64_t number, std::chrono::milliseconds patience) noexcept {
  timespec until{};
  ::clock_gettime(CLOCK_REALTIME, &until);
  const auto nanoseconds = until.tv_nsec + std::chrono::nanoseconds(patience).count();
  until.tv_sec += nanoseconds / 1'000'000'000;
  until.tv_nsec = nanoseconds % 1'000'000'000;
  while (question.word.load() != number + Question::answered)
    if (::sem_timedwait(&question.told, &until) != 0 && errno != EINTR) return false;
  return true;
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
  ::sem_init(&question.told, 0, 0);
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
  const std::uint64_t last = question.word.load();
  if (Question::state_of(last) == Question::answering) return {};  // late, and still at it
  const std::uint64_t number = Question::number_of(last) + Question::kStates;
  question.thread.store(thread);
  question.word.store(number + Question::asked);
  if (::pthread_kill(thread, signal_number()) != 0 || !wait_for_answer(number, patience)) {
    std::uint64_t unanswered = number + Question::asked;
    question.word.compare_exchange_strong(unanswered, number + Question::idle);
    return {};
  }
  std::vector<std::string> lines;
  for (int i = kFramesOfTheHandler; i < question.count; ++i)
    lines.push_back(describe(question.frames[static_cast<std::size_t>(i)]));
  return lines;
}

}  // namespace weir::base::backtrace
