#pragma once

#include "bench/load/errors.h"
#include "bench/load/exchange.h"
#include "bench/load/pattern.h"
#include "bench/load/poller.h"
#include "bench/load/socket.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace load {

struct VisitOptions {
  Endpoint endpoint;
  std::size_t at_once = 64;
  std::size_t bytes = 64;  // of the one message; 0 connects only
  unsigned sources = 0;    // source addresses to rotate through; 0 leaves the choice to the kernel
};

// Visits: connect, one echo, and then the connection is handed to the caller, who keeps it (idle)
// or lets it go (churn). At most `at_once` are under way. One thread; ends when run() returns.
class Visits {
 public:
  using WantsMore = std::function<bool()>;
  using Completed = std::function<void(Descriptor, std::chrono::nanoseconds)>;

  Visits(VisitOptions options, const Pattern& pattern);

  // Starts visits while `wants_more` says so and returns when none is under way, or nothing has
  // moved for ten seconds.
  void run(const WantsMore& wants_more, const Completed& completed, Errors& errors);

 private:
  struct Visit {
    Descriptor fd;
    Exchange exchange;
    bool connected = false;
  };

  bool start(std::size_t slot, Errors& errors);
  bool advance(Visit& visit, std::uint32_t events, std::size_t slot, Errors& errors);
  void end(std::size_t slot);

  VisitOptions options_;
  const Pattern& pattern_;
  Poller poller_;
  std::vector<Visit> visits_;
  std::vector<std::size_t> free_slots_;
  std::uint64_t started_ = 0;
};

// `count` open connections with one verified echo each (none when bytes is 0). Throws
// std::runtime_error when one fails.
std::vector<Descriptor> open_connections(const VisitOptions& options, std::size_t count,
                                         const Pattern& pattern);

}  // namespace load
