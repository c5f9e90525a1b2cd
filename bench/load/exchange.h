#pragma once

#include "bench/load/pattern.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

namespace load {

using Clock = std::chrono::steady_clock;

enum class Progress {
  waiting,     // for readiness
  complete,    // the whole echo came back, and every byte is right
  closed,      // the peer ended or reset the connection
  mismatched,  // a byte is wrong
};

// One message and its echo on one connection. Holds a place in the pattern, never a copy of the
// bytes.
class Exchange {
 public:
  void begin(std::span<const char> message, Clock::time_point now);
  // Sends what is left of the message, until the socket takes no more.
  Progress send_on(int fd);
  // One read and the comparison of what came.
  Progress receive_on(int fd);

  bool has_unsent() const { return sent_ < message_.size(); }
  Clock::time_point started() const { return started_; }

 private:
  std::span<const char> message_;
  std::size_t sent_ = 0;
  std::size_t received_ = 0;
  Clock::time_point started_;
};

}  // namespace load
