// Connect, one round trip, close, for a while, a fixed number at a time: what a short session
// costs.
#include "bench/load/arguments.h"
#include "bench/load/gate.h"
#include "bench/load/histogram.h"
#include "bench/load/json_line.h"
#include "bench/load/modes.h"
#include "bench/load/visits.h"

#include <algorithm>

namespace load {
namespace {

struct Window {
  std::uint64_t connections = 0;
  double seconds = 0;
  Errors errors;
  Histogram histogram;
};

Window run_window(const VisitOptions& options, const Pattern& pattern, double seconds) {
  Window window;
  Visits visits(options, pattern);
  const auto begin = Clock::now();
  const auto end = begin + std::chrono::duration<double>(seconds);
  visits.run([&] { return Clock::now() < end; },
             [&](Descriptor, std::chrono::nanoseconds latency) {
               window.histogram.record(latency);
               ++window.connections;
             },
             window.errors);
  window.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  return window;
}

void print(const Window& window) {
  JsonLine line;
  line.add("connections", window.connections).add("seconds", window.seconds);
  line.add("rate", static_cast<double>(window.connections) / std::max(window.seconds, 1e-9));
  line.add("p50_us", window.histogram.percentile_us(0.5));
  line.add("p90_us", window.histogram.percentile_us(0.9));
  line.add("p99_us", window.histogram.percentile_us(0.99));
  line.add("p999_us", window.histogram.percentile_us(0.999));
  line.add("max_us", window.histogram.max_us());
  window.errors.add_to(line);
  line.print();
}

}  // namespace

int run_churn(const Words& words) {
  const Arguments arguments(
      words, {"--connect", "--at-once", "--bytes", "--seconds", "--warm-up", "--sources"},
      {"--gated"});
  VisitOptions options{.endpoint = Endpoint::parse(arguments.text("--connect"))};
  options.at_once = arguments.number("--at-once", 64, 1, 4096);
  options.bytes = arguments.number("--bytes", 64, 1, 1024 * 1024);
  // The closing side keeps its port for a minute (TIME_WAIT): eight source addresses have 28,000
  // each.
  options.sources = static_cast<unsigned>(arguments.number("--sources", 8, 0, 254));
  const double seconds = arguments.seconds("--seconds", 1.5);
  const double warm_up = arguments.seconds("--warm-up", 0.2);
  require_descriptors(options.at_once + 16);

  const Pattern pattern(options.bytes);
  run_window(options, pattern, warm_up).errors.require_none();
  Gate gate(arguments.has("--gated"));
  gate.announce_ready(0);
  bool all_right = true;
  while (gate.next_window()) {
    const Window window = run_window(options, pattern, seconds);
    print(window);
    all_right = all_right && window.errors.total() == 0;
  }
  return all_right ? 0 : 1;
}

}  // namespace load
