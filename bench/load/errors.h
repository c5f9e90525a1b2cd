#pragma once

#include "bench/load/exchange.h"
#include "bench/load/json_line.h"

#include <cstdint>
#include <stdexcept>
#include <string>

namespace load {

// Before the window, what is measured has failed: the exit code tells it from a fault of the tool.
class Fault : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// What went wrong in one window; any of them makes its figures worthless, and the harness says so.
struct Errors {
  std::uint64_t refused = 0;     // connect failed
  std::uint64_t closed = 0;      // ended or reset by the peer
  std::uint64_t mismatched = 0;  // wrong bytes
  std::uint64_t stalled = 0;     // unfinished long after the window

  void count(Progress ending) { ++(ending == Progress::mismatched ? mismatched : closed); }
  std::uint64_t total() const { return refused + closed + mismatched + stalled; }
  // After a warm-up: connections that broke in it would be missing from every window.
  void require_none() const {
    if (total() > 0) throw Fault(std::to_string(total()) + " errors in the warm-up");
  }
  void add_to(JsonLine& line) const {
    line.add("errors", total()).add("refused", refused).add("closed", closed);
    line.add("mismatched", mismatched).add("stalled", stalled);
  }
};

}  // namespace load
