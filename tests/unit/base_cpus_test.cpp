#include "base/cpus.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace weir::base {
namespace {

/// A made-up /proc and /sys in a folder of its own.
class CgroupTest : public ::testing::Test {
 protected:
  CgroupTest() {
    char pattern[] = "/tmp/weir-cgroup-XXXXXX";
    root_ = ::mkdtemp(pattern);
  }
  ~CgroupTest() override { std::filesystem::remove_all(root_); }
  void write(const std::string& path, const std::string& text) const {
    const std::filesystem::path file = root_ + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  std::string root_;
};

TEST_F(CgroupTest, Version2TakesTheSmallestLimitOnTheWayUp) {
  write("/proc/self/cgroup", "0::/a/b\n");
  write("/sys/fs/cgroup/a/cpu.max", "150000 100000\n");
  write("/sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
  EXPECT_DOUBLE_EQ(cgroup_cpu_quota(root_), 1.5);
}

TEST_F(CgroupTest, Version2InsideAContainerStandsAtTheRoot) {
  write("/proc/self/cgroup", "0::/\n");
  write("/sys/fs/cgroup/cpu.max", "50000 100000\n");
  EXPECT_DOUBLE_EQ(cgroup_cpu_quota(root_), 0.5);
}

TEST_F(CgroupTest, Version1DividesQuotaByPeriodAndTakesMinusOneForNone) {
  write("/proc/self/cgroup", "5:memory:/x\n4:cpu,cpuacct:/x\n");
  write("/sys/fs/cgroup/cpu/x/cpu.cfs_quota_us", "250000\n");
  write("/sys/fs/cgroup/cpu/x/cpu.cfs_period_us", "100000\n");
  write("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  write("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_DOUBLE_EQ(cgroup_cpu_quota(root_), 2.5);
}

TEST_F(CgroupTest, NoCgroupIsNoLimit) { EXPECT_EQ(cgroup_cpu_quota(root_), 0); }

TEST(UsableCpuCount, RoundsTheQuotaUpAndStaysWithinTheMask) {
  EXPECT_EQ(usable_cpu_count(8, 0), 8u);
  EXPECT_EQ(usable_cpu_count(8, 1.5), 2u);
  EXPECT_EQ(usable_cpu_count(8, 2.0), 2u);
  EXPECT_EQ(usable_cpu_count(2, 6.5), 2u);
  EXPECT_EQ(usable_cpu_count(8, 0.1), 1u);
}

TEST(AllowedCpus, HasAtLeastOne) { EXPECT_FALSE(allowed_cpus().empty()); }

}  // namespace
}  // namespace weir::base
