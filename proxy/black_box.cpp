#include "proxy/black_box.h"

#include "base/thread_setup.h"

#include <execinfo.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <string_view>

namespace weir::proxy::black_box {
namespace {

constexpr std::size_t kMostReactors = 1024;
constexpr std::size_t kEventsTold = 64;  ///< of each reactor
constexpr int kMostFrames = 64;
/// For a standard error that takes no more, over the whole of what is told.
constexpr std::chrono::milliseconds kPatience{500};

std::array<std::atomic<const ReactorProbe*>, kMostReactors> reactors{};
std::atomic<std::size_t> reactor_count{0};
std::atomic<bool> is_written{false};
std::atomic<int> patience_left{static_cast<int>(kPatience.count())};  ///< milliseconds

/// Nobody may read standard error any more. That must not keep a dead process from ending.
bool has_room() noexcept {
  pollfd room{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&room, 1, 0) > 0) return true;
  constexpr int kNap = 10;
  while (patience_left.fetch_sub(kNap) > 0)
    if (::poll(&room, 1, kNap) > 0) return true;  // a signal may cut a nap short: no matter
  patience_left.store(0);
  return false;
}

/// A line that is put together without memory of its own (signal-safety(7)).
class Line {
 public:
  Line& operator<<(std::string_view text) noexcept {
    size_ += text.copy(text_.data() + size_, text_.size() - size_);
    return *this;
  }
  Line& operator<<(long long number) noexcept {
    const auto result = std::to_chars(text_.data() + size_, text_.data() + text_.size(), number);
    if (result.ec == std::errc{}) size_ = static_cast<std::size_t>(result.ptr - text_.data());
    return *this;
  }
  Line& operator<<(SessionId session) noexcept {
    return *this << static_cast<long long>(session.index) << "."
                 << static_cast<long long>(session.generation);
  }
  void write() noexcept {
    *this << "\n";
    if (has_room()) {
      [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text_.data(), size_);
    }
    size_ = 0;
  }

 private:
  std::array<char, 256> text_{};
  std::size_t size_ = 0;
};

void write_event(const Event& event, void* now) noexcept {
  const base::Duration before = *static_cast<const base::TimePoint*>(now) - event.time;
  Line line;
  line << "  -" << std::chrono::duration_cast<std::chrono::microseconds>(before).count() << " us ";
  if (event.kind != EventKind::command) line << event.session << " ";
  line << to_string(event.kind) << " " << static_cast<long long>(event.result) << " "
       << static_cast<long long>(event.value);
  line.write();
}

void write_reactor(std::size_t number, const ReactorProbe& probe) noexcept {
  base::TimePoint now = base::Clock::now();
  const Activity::Reading reading = probe.doing();
  Line line;
  line << "weir: reactor " << static_cast<long long>(number) << " was at "
       << to_string(reading.work) << ", session " << reading.session << "; its last events:";
  line.write();
  probe.recorder.tell_last(kEventsTold, write_event, &now);
}

extern "C" void crashed(int signal) {
  Line line;
  line << "weir: signal " << signal << ", thread " << ::gettid();
  line.write();
  write();
  ::raise(signal);  // its action is the default's again: SA_RESETHAND
}

}  // namespace

void add(const ReactorProbe& reactor) noexcept {
  const std::size_t number = reactor_count.load();
  if (number == kMostReactors) return;
  reactors[number].store(&reactor);
  reactor_count.store(number + 1);
}

void forget_all() noexcept { reactor_count.store(0); }

void install() noexcept {
  std::array<void*, 1> frame{};
  ::backtrace(frame.data(), 1);  // the first call loads a library
  for (const int signal : base::kCrashSignals) {
    struct sigaction action {};
    action.sa_handler = crashed;
    action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
    ::sigaction(signal, &action, nullptr);
  }
}

void write() noexcept {
  if (is_written.exchange(true)) return;  // a crash while this is written, or beside it
  std::array<void*, kMostFrames> frames{};
  const int count = ::backtrace(frames.data(), kMostFrames);
  for (int i = 0; i < count && has_room(); ++i)
    ::backtrace_symbols_fd(&frames[static_cast<std::size_t>(i)], 1, STDERR_FILENO);
  for (std::size_t number = 0; number < reactor_count.load(); ++number)
    if (const ReactorProbe* const probe = reactors[number].load()) write_reactor(number, *probe);
}

}  // namespace weir::proxy::black_box
