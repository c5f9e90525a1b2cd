// Opens connections, one echo on each (none with --bytes 0), and holds them without reading: what
// an idle session, or a stopped reader of a server that pours, costs is read off the proxy
// meanwhile.
#include "bench/load/arguments.h"
#include "bench/load/gate.h"
#include "bench/load/json_line.h"
#include "bench/load/modes.h"
#include "bench/load/visits.h"

namespace load {

int run_idle(const Words& words) {
  const Arguments arguments(
      words, {"--connect", "--connections", "--bytes", "--at-once", "--sources"}, {});
  const auto connections = arguments.number("--connections", 4000, 1, 19'900);
  VisitOptions options{.endpoint = Endpoint::parse(arguments.text("--connect"))};
  options.bytes = arguments.number("--bytes", 64, 0, 1024 * 1024);
  options.at_once = arguments.number("--at-once", 64, 1, 4096);
  options.sources = static_cast<unsigned>(arguments.number("--sources", 0, 0, 254));
  require_descriptors(connections + 16);

  const Pattern pattern(options.bytes);
  const auto held = open_connections(options, connections, pattern);
  JsonLine().add("held", held.size()).print();
  Gate::wait_for_end_of_input();
  return 0;
}

}  // namespace load
