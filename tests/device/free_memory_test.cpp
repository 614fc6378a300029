// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/device/free_memory.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include "tests/support/small_scenes.h"
#include "treewalk/memory.h"

namespace treewalk {
namespace {

namespace fs = std::filesystem;

/// A file system that says of memory what a test wants.
class Machine {
 public:
  explicit Machine(const std::string& available_kb = "8000000") {
    write("proc/meminfo", "MemTotal:       16000000 kB\nMemFree: 100 kB\nMemAvailable:   " + available_kb + " kB\n");
  }
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
  }
  fs::path root() const { return folder_ / ""; }
  std::int64_t free() const { return free_memory(folder_ / ""); }

 private:
  test::TemporaryFolder folder_;
};

constexpr std::int64_t kAvailable = std::int64_t{8000000} * 1024;

TEST(FreeMemory, IsWhatTheMachineHasAvailable) {
  EXPECT_EQ(Machine().free(), kAvailable);
  const Machine machine;
  machine.write("proc/self/cgroup", "0::/user.slice\n");
  machine.write("sys/fs/cgroup/user.slice/memory.max", "max\n");
  machine.write("sys/fs/cgroup/user.slice/memory.current", "123456\n");
  EXPECT_EQ(machine.free(), kAvailable);
  EXPECT_GT(free_memory(), 0) << "of this machine";
}

TEST(FreeMemory, IsTheContainersWhereThatIsLess) {
  const Machine machine;
  machine.write("proc/self/cgroup", "0::/docker/abc\n");
  machine.write("sys/fs/cgroup/docker/abc/memory.max", "1000000000\n");
  EXPECT_EQ(machine.free(), 1000000000) << "it does not tell what it uses";
  machine.write("sys/fs/cgroup/docker/abc/memory.current", "700000000\n");
  EXPECT_EQ(machine.free(), 300000000);
  machine.write("sys/fs/cgroup/docker/abc/memory.stat", "anon 1\nactive_file 7\ninactive_file 200000000\nslab 3\n");
  EXPECT_EQ(machine.free(), 500000000) << "files can be dropped";
  machine.write("sys/fs/cgroup/docker/memory.max", "750000000\n");
  machine.write("sys/fs/cgroup/docker/memory.current", "740000000\n");
  EXPECT_EQ(machine.free(), 10000000) << "of the group around it";
  machine.write("sys/fs/cgroup/docker/memory.current", "800000000\n");
  EXPECT_EQ(machine.free(), 0);
}

TEST(FreeMemory, InAContainerThatSeesItselfAsTheRoot) {
  const Machine machine;
  machine.write("proc/self/cgroup", "0::/\n");
  machine.write("sys/fs/cgroup/memory.max", "2000000000\n");
  machine.write("sys/fs/cgroup/memory.current", "500000000\n");
  EXPECT_EQ(machine.free(), 1500000000);
}

TEST(FreeMemory, OfControlGroupsOfTheFirstVersion) {
  const Machine machine;
  machine.write("proc/self/cgroup", "12:cpu,cpuacct:/a\n4:memory:/docker/abc\n1:name=systemd:/a\n");
  machine.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(machine.free(), kAvailable);
  machine.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "600000000\n");  // as seen from within
  machine.write("sys/fs/cgroup/memory/memory.usage_in_bytes", "250000000\n");
  machine.write("sys/fs/cgroup/memory/memory.stat", "cache 5\ntotal_inactive_file 50000000\n");
  EXPECT_EQ(machine.free(), 400000000);
}

TEST(FreeMemory, StrangeFilesAreNoLimit) {
  const Machine machine;
  machine.write("proc/self/cgroup", "nonsense\n0::\n::\n3:memory:/x\n");
  machine.write("sys/fs/cgroup/memory.max", "\n");
  machine.write("sys/fs/cgroup/memory/x/memory.limit_in_bytes", "-1\n");
  EXPECT_EQ(machine.free(), kAvailable);
  machine.write("proc/meminfo", "");
  EXPECT_EQ(machine.free(), std::int64_t{4} << 30);
}

TEST(ResidentMemory, IsTheSecondNumberInPages) {
  const Machine machine;
  EXPECT_EQ(resident_memory(machine.root()), 0) << "where the system does not tell";
  machine.write("proc/self/statm", "900 7 3 1 0 2 0\n");
  EXPECT_EQ(resident_memory(machine.root()), 7 * ::sysconf(_SC_PAGESIZE));
  machine.write("proc/self/statm", "nothing\n");
  EXPECT_EQ(resident_memory(machine.root()), 0);
}

TEST(ResidentMemory, GrowsByWhatIsTouched) {
  const std::int64_t before = resident_memory();
  ASSERT_GT(before, 0);
  constexpr std::size_t kMuch = 64 << 20;
  const std::vector<char> touched(kMuch, 1);
  const auto grown = static_cast<double>(resident_memory() - before);
  EXPECT_GT(grown, 0.9 * kMuch) << touched.size();
  EXPECT_LT(grown, 1.5 * kMuch) << "sanitizers take an eighth more";
}

}  // namespace
}  // namespace treewalk
