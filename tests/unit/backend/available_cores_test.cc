#include "engine/backend/cpu/available_cores.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"

namespace nextline::cpu {
namespace {

namespace fs = std::filesystem;

/// A system with eight processors, two to a core: 0 and 4, 1 and 5, …
class AvailableCoresTest : public ::testing::Test {
 protected:
  AvailableCoresTest() {
    for (int processor = 0; processor < 8; ++processor) {
      const int core = processor % 4;
      write("sys/devices/system/cpu/cpu" + std::to_string(processor) +
                "/topology/thread_siblings_list",
            std::to_string(core) + "," + std::to_string(core + 4));
    }
  }

  void write(const std::string& path, const std::string& line) {
    const fs::path file = folder_.path() / path;
    fs::create_directories(file.parent_path());
    std::ofstream(file) << line << '\n';
  }

  /// Logical and physical cores.
  std::pair<std::uint32_t, std::uint32_t> cores_of(const std::vector<std::uint32_t>& processors) {
    const AvailableCores cores = available_cores(processors, folder_.path());
    return {cores.logical, cores.physical};
  }
  std::pair<std::uint32_t, std::uint32_t> cores() { return cores_of({0, 1, 2, 3, 4, 5, 6, 7}); }

  test::TemporaryFolder folder_;
};

using Cores = std::pair<std::uint32_t, std::uint32_t>;

TEST_F(AvailableCoresTest, WhatSharesACoreCountsAsOne) {
  EXPECT_EQ(cores(), Cores(8, 4));
  EXPECT_EQ(cores_of({0, 4}), Cores(2, 1));
  EXPECT_EQ(cores_of({0, 1, 5}), Cores(3, 2));
}

TEST_F(AvailableCoresTest, WithoutATopologyEachIsACore) {
  fs::remove_all(folder_.path() / "sys");
  EXPECT_EQ(cores(), Cores(8, 8));
}

TEST_F(AvailableCoresTest, AQuotaOfVersion2Limits) {
  write("proc/self/cgroup", "0::/user/editor");
  write("sys/fs/cgroup/user/editor/cpu.max", "max 100000");
  EXPECT_EQ(cores(), Cores(8, 4));
  write("sys/fs/cgroup/user/editor/cpu.max", "300000 100000");
  EXPECT_EQ(cores(), Cores(3, 3));
  write("sys/fs/cgroup/user/editor/cpu.max", "50000 100000");
  EXPECT_EQ(cores(), Cores(1, 1));
}

TEST_F(AvailableCoresTest, OnlyWholeCoresOfAQuotaCount) {
  write("proc/self/cgroup", "0::/");
  write("sys/fs/cgroup/cpu.max", "290000 100000");
  EXPECT_EQ(cores(), Cores(2, 2));
}

TEST_F(AvailableCoresTest, TheQuotaOfAGroupAroundItLimitsToo) {
  write("proc/self/cgroup", "0::/user/editor");
  write("sys/fs/cgroup/user/editor/cpu.max", "600000 100000");
  write("sys/fs/cgroup/user/cpu.max", "200000 100000");
  EXPECT_EQ(cores(), Cores(2, 2));
}

TEST_F(AvailableCoresTest, AQuotaOfVersion1Limits) {
  write("proc/self/cgroup", "5:memory:/pod\n4:cpu,cpuacct:/pod\n0::/pod");
  write("sys/fs/cgroup/cpu,cpuacct/pod/cpu.cfs_quota_us", "-1");
  write("sys/fs/cgroup/cpu,cpuacct/pod/cpu.cfs_period_us", "100000");
  EXPECT_EQ(cores(), Cores(8, 4));
  write("sys/fs/cgroup/cpu,cpuacct/pod/cpu.cfs_quota_us", "250000");
  EXPECT_EQ(cores(), Cores(2, 2));
}

TEST_F(AvailableCoresTest, AContainerSeesItsOwnGroupAtTheTop) {
  write("proc/self/cgroup", "4:cpu,cpuacct:/docker/0123");
  write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "100000");
  write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "50000");
  EXPECT_EQ(cores(), Cores(2, 2));
}

TEST_F(AvailableCoresTest, WhatMakesNoSenseLimitsNothing) {
  for (const char* memberships : {"", "::", "0:", "0::", "no group", "0::../..", "1:cpu:x"}) {
    write("proc/self/cgroup", memberships);
    for (const char* quota : {"", "0 0", "-1 100000", "nonsense", "100000"}) {
      write("sys/fs/cgroup/cpu.max", quota);
      EXPECT_EQ(cores(), Cores(8, 4)) << memberships << " | " << quota;
    }
  }
}

TEST(AvailableCores, ThisProcessHasSome) {
  const AvailableCores cores = available_cores();
  EXPECT_GE(cores.physical, 1U);
  EXPECT_GE(cores.logical, cores.physical);
}

}  // namespace
}  // namespace nextline::cpu
