#include "proxy/pipe_budget.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace weir::proxy {
namespace {

constexpr std::uint64_t kPipeBytes = 256 * 1024;  // measured, see docs/decisions/0006
constexpr std::uint64_t kMostPipes = 128;         // of the process, whatever the limits
constexpr std::uint64_t kDescriptorShare = 64;    // the inverse; a pipe takes two

std::uint64_t read_number(const char* path) noexcept {
  std::uint64_t number = 0;
  std::ifstream(path) >> number;
  return number;
}

}  // namespace

PipeRules PipeRules::of_this_system() noexcept {
  return {read_number("/proc/sys/fs/pipe-max-size"),
          read_number("/proc/sys/fs/pipe-user-pages-soft")};
}

PipePool::Limits decide_pipes(std::size_t reactors, std::uint64_t descriptors,
                              const PipeRules& rules) noexcept {
  const std::uint64_t page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  std::uint64_t pipe_bytes = kPipeBytes;
  if (rules.largest_bytes != 0) pipe_bytes = std::min(pipe_bytes, rules.largest_bytes);
  std::uint64_t all = std::min(kMostPipes, descriptors / kDescriptorShare / 2);
  if (rules.user_soft_pages != 0) {
    const std::uint64_t bytes = rules.user_soft_pages * page_bytes / 2;
    // Rather a smaller pipe for each reactor than none for some.
    while (bytes / pipe_bytes < reactors && pipe_bytes > PipePool::kLeastBytes) pipe_bytes /= 2;
    all = std::min(all, bytes / pipe_bytes);
  }
  return {static_cast<std::size_t>(all / reactors), static_cast<std::size_t>(pipe_bytes)};
}

}  // namespace weir::proxy
