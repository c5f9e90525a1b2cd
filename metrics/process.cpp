#include "metrics/process.h"

#include "base/descriptor.h"
#include "base/log.h"
#include "metrics/families.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <optional>

namespace weir::metrics {
namespace {

using base::Descriptor;

/// Taken when the program is loaded, before main().
const auto start_time = std::chrono::system_clock::now();

/// What the kernel tells of this process, opened when the program is loaded: a scrape must not want
/// a descriptor in order to say that none is left. Read by the scraping thread only.
DIR* const descriptors = ::opendir("/proc/self/fd");
const Descriptor statm(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC));

std::optional<std::size_t> count_open_descriptors() {
  if (descriptors == nullptr) return {};
  ::rewinddir(descriptors);
  std::size_t count = 0;
  while (const dirent* entry = ::readdir(descriptors))
    if (entry->d_name[0] != '.') ++count;
  return count;
}

std::optional<double> resident_memory_bytes() {
  char text[128] = {};
  long long total_pages = 0;
  long long resident_pages = 0;
  if (::pread(statm.get(), text, sizeof text - 1, 0) <= 0) return {};
  if (std::sscanf(text, "%lld %lld", &total_pages, &resident_pages) != 2) return {};
  return static_cast<double>(resident_pages) * static_cast<double>(::sysconf(_SC_PAGESIZE));
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
