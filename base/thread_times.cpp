#include "base/thread_times.h"

#include "base/descriptor.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <string_view>

namespace weir::base {
namespace {

using Text = std::array<char, 512>;

/// One of the small files that the kernel keeps for each thread.
std::string_view read_file(pid_t thread_id, const char* name, Text& text) noexcept {
  std::array<char, 64> path{};
  std::snprintf(path.data(), path.size(), "/proc/self/task/%d/%s", thread_id, name);
  const Descriptor file(::open(path.data(), O_RDONLY | O_CLOEXEC));
  if (!file) return {};
  const ssize_t size = ::read(file.get(), text.data(), text.size() - 1);
  if (size <= 0) return {};
  text[static_cast<std::size_t>(size)] = '\0';
  return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace

std::chrono::nanoseconds cpu_time_of(pthread_t thread) noexcept {
  clockid_t clock{};
  timespec time{};
  if (::pthread_getcpuclockid(thread, &clock) != 0 || ::clock_gettime(clock, &time) != 0) return {};
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

std::chrono::nanoseconds waited_for_cpu(pid_t thread_id) noexcept {
  Text text{};
  unsigned long long ran = 0;
  unsigned long long waited = 0;
  if (read_file(thread_id, "schedstat", text).empty()) return {};
  if (std::sscanf(text.data(), "%llu %llu", &ran, &waited) != 2) return {};
  return std::chrono::nanoseconds(waited);
}

const char* state_of(pid_t thread_id) noexcept {
  Text text{};
  const std::string_view stat = read_file(thread_id, "stat", text);
  const std::size_t name_end = stat.rfind(") ");  // the name in parentheses may hold anything
  if (name_end == std::string_view::npos || name_end + 2 >= stat.size()) return "unknown";
  switch (stat[name_end + 2]) {
    case 'R': return "runnable";
    case 'S': return "asleep";
    case 'D': return "in disk sleep";
    case 'T':
    case 't': return "stopped";
    default: return "unknown";
  }
}

}  // namespace weir::base
