#include "bench/load/exchange.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace load {
namespace {

constexpr std::size_t kScratchBytes = 64 * 1024;

bool would_block() { return errno == EAGAIN || errno == EINTR; }

}  // namespace

void Exchange::begin(std::span<const char> message, Clock::time_point now) {
  message_ = message;
  sent_ = 0;
  received_ = 0;
  started_ = now;
}

Progress Exchange::send_on(int fd) {
  while (has_unsent()) {
    const ssize_t bytes =
        ::send(fd, message_.data() + sent_, message_.size() - sent_, MSG_NOSIGNAL);
    if (bytes < 0) return would_block() ? Progress::waiting : Progress::closed;
    sent_ += static_cast<std::size_t>(bytes);
  }
  return Progress::waiting;
}

Progress Exchange::receive_on(int fd) {
  static std::array<char, kScratchBytes> scratch;
  const std::size_t wanted = std::min(scratch.size(), message_.size() - received_);
  const ssize_t bytes = ::recv(fd, scratch.data(), wanted, 0);
  if (bytes < 0) return would_block() ? Progress::waiting : Progress::closed;
  if (bytes == 0) return Progress::closed;
  const auto count = static_cast<std::size_t>(bytes);
  if (std::memcmp(scratch.data(), message_.data() + received_, count) != 0) {
    return Progress::mismatched;
  }
  received_ += count;
  return received_ == message_.size() ? Progress::complete : Progress::waiting;
}

}  // namespace load
