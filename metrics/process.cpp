#include "metrics/process.h"

#include "base/log.h"
#include "metrics/families.h"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>

namespace weir::metrics {
namespace {

/// Taken when the program is loaded, before main().
const auto start_time = std::chrono::system_clock::now();

std::optional<std::size_t> count_open_descriptors() {
  std::error_code error;
  const std::filesystem::directory_iterator entries("/proc/self/fd", error);
  if (error) return {};
  const auto count = std::distance(begin(entries), end(entries));
  return static_cast<std::size_t>(count) - 1;  // without the one that reads the directory
}

std::optional<double> resident_memory_bytes() {
  std::ifstream statm("/proc/self/statm");
  double total_pages = 0;
  double resident_pages = 0;
  if (!(statm >> total_pages >> resident_pages)) return {};
  return resident_pages * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

void write_process(Writer& writer) {
  const Labels build = {{"version", WEIR_VERSION}, {"compiler", "g++ " __VERSION__}};
  writer.gauge(Family::build_info, build, 1);
  const std::chrono::duration<double> since_1970 = start_time.time_since_epoch();
  writer.gauge(Family::start_time_seconds, {}, since_1970.count());
  if (const auto open = count_open_descriptors()) {
    writer.gauge(Family::open_fds, {}, static_cast<double>(*open));
  }
  if (rlimit limit{}; ::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    writer.gauge(Family::max_fds, {}, static_cast<double>(limit.rlim_cur));
  }
  if (const auto bytes = resident_memory_bytes()) {
    writer.gauge(Family::resident_memory_bytes, {}, *bytes);
  }
  writer.gauge(Family::config_generation, {}, 1);  // until there are reloads
  writer.counter(Family::config_reloads, {{"result", "success"}}, 0);
  writer.counter(Family::config_reloads, {{"result", "failure"}}, 0);
  writer.gauge(Family::config_last_reload_success, {}, 1);
  writer.counter(Family::log_lines_dropped, {}, static_cast<double>(base::log::dropped_total()));
}

}  // namespace weir::metrics
