#include "bench/load/gate.h"

#include "bench/load/json_line.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <utility>

namespace load {
namespace {

constexpr std::chrono::milliseconds kLongestWait = std::chrono::hours(1);

// The number of bytes read; 0 at the end of input, on an error and after kLongestWait.
ssize_t read_input(char* buffer, std::size_t bytes) {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  if (poll(&input, 1, static_cast<int>(kLongestWait.count())) <= 0) return 0;
  return read(STDIN_FILENO, buffer, bytes);
}

}  // namespace

void Gate::announce_ready(std::uint64_t connections) const {
  if (gated_) JsonLine().add("ready", connections).print();
}

bool Gate::next_window() {
  if (!gated_) return !std::exchange(opened_, true);
  char byte = 0;
  while (read_input(&byte, 1) == 1) {
    if (byte == '\n') return true;
  }
  return false;
}

void Gate::wait_for_end_of_input() {
  std::array<char, 256> ignored{};
  while (read_input(ignored.data(), ignored.size()) > 0) {
  }
}

}  // namespace load
