#pragma once

#include <cstdint>

namespace load {

// Who says when a window begins. Without --gated: at once, one window. With it: {"ready": N} is
// printed, and then every line on standard input opens one window, until it is closed. Between
// windows nothing is under way, so that the CPU a proxy uses between two readings belongs to
// exactly the work that the window reports.
class Gate {
 public:
  explicit Gate(bool gated) : gated_(gated) {}

  void announce_ready(std::uint64_t connections) const;
  // Blocks; false when there is no further window.
  bool next_window();

  // Blocks until standard input is closed, for an hour at most.
  static void wait_for_end_of_input();

 private:
  bool gated_;
  bool opened_ = false;
};

}  // namespace load
