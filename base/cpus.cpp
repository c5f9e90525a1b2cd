#include "base/cpus.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

namespace weir::base {
namespace {

/// Quota and period of one cgroup in one of the two forms; 0 when unlimited or unreadable.
double quota_of(const std::string& folder, bool version2) {
  double quota = 0;
  double period = 0;
  if (version2) {
    std::ifstream file(folder + "/cpu.max");  // "max 100000" or "150000 100000"
    if (!(file >> quota >> period)) return 0;
  } else {
    std::ifstream(folder + "/cpu.cfs_quota_us") >> quota;  // -1 when unlimited
    std::ifstream(folder + "/cpu.cfs_period_us") >> period;
  }
  return quota > 0 && period > 0 ? quota / period : 0;
}

double smaller_limit(double a, double b) noexcept {
  if (a <= 0) return b;
  return b <= 0 ? a : std::min(a, b);
}

/// From a cgroup's folder up to the hierarchy's root: each ancestor may limit.
double quota_upwards(const std::string& mount, std::string path, bool version2) {
  double limit = 0;
  for (;;) {
    limit = smaller_limit(limit, quota_of(mount + path, version2));
    if (path.empty() || path == "/") return limit;
    path.resize(path.rfind('/'));
  }
}

bool lists_cpu(const std::string& controllers) {
  std::istringstream list(controllers);
  for (std::string name; std::getline(list, name, ',');)
    if (name == "cpu") return true;
  return false;
}

}  // namespace

std::vector<unsigned> allowed_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<unsigned> cpus;
  if (::sched_getaffinity(0, sizeof set, &set) == 0)
    for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu)
      if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
  if (cpus.empty()) cpus.push_back(0);
  return cpus;
}

double cgroup_cpu_quota(const std::string& root) {
  double limit = 0;
  std::ifstream cgroups(root + "/proc/self/cgroup");  // "0::/path" (v2), "4:cpu,cpuacct:/path" (v1)
  for (std::string line; std::getline(cgroups, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string path = line.substr(second + 1);
    if (controllers.empty())
      limit = smaller_limit(limit, quota_upwards(root + "/sys/fs/cgroup", path, true));
    else if (lists_cpu(controllers))
      limit = smaller_limit(limit, quota_upwards(root + "/sys/fs/cgroup/cpu", path, false));
  }
  return limit;
}

unsigned usable_cpu_count(std::size_t allowed, double quota) noexcept {
  if (quota <= 0) return static_cast<unsigned>(std::max<std::size_t>(allowed, 1));
  const auto granted = static_cast<std::size_t>(std::ceil(quota - 1e-9));
  return static_cast<unsigned>(std::max<std::size_t>(std::min(allowed, granted), 1));
}

}  // namespace weir::base
