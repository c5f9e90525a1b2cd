#pragma once

#include <string>
#include <vector>

namespace weir::base {

/// The CPUs of this process's affinity mask, ascending; at least one.
std::vector<unsigned> allowed_cpus();

/// CPUs' worth of time that the cgroups of this process grant it, or 0 when none limits it: the
/// smallest cpu.max (v2) or cpu.cfs_quota_us / cpu.cfs_period_us (v1) on the way up to the root.
/// @param root  "" in production; tests put a made-up /proc and /sys below it
double cgroup_cpu_quota(const std::string& root = "");

/// What `reactors = auto` means: what this process may use, the quota rounded up, at least 1.
unsigned usable_cpu_count(std::size_t allowed, double quota) noexcept;

}  // namespace weir::base
