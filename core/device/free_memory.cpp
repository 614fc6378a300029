// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/device/free_memory.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

#include "treewalk/memory.h"

namespace treewalk {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max();

/// A file's number; none, or a word such as "max": no limit.
std::int64_t number_in(const fs::path& file) {
  std::ifstream in(file);
  std::int64_t value = 0;
  return in >> value && value >= 0 ? value : kNoLimit;
}

/// The number behind a word at the start of a line; 0 where there is none.
std::int64_t number_after(const fs::path& file, const std::string& word) {
  std::ifstream in(file);
  for (std::string key; in >> key; in.ignore(std::numeric_limits<std::streamsize>::max(), '\n'))
    if (std::int64_t value = 0; key == word && in >> value) return value;
  return 0;
}

/// What the files of one version are called.
struct Names {
  const char *limit, *used, *droppable;
};
constexpr Names kUnified = {"memory.max", "memory.current", "inactive_file"};
constexpr Names kOld = {"memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"};

std::int64_t left_in(const fs::path& group, const Names& names) {
  const auto limit = number_in(group / names.limit);
  if (limit == kNoLimit) return kNoLimit;
  const auto used = number_in(group / names.used);
  if (used == kNoLimit) return limit;
  const auto kept = used - std::min(used, number_after(group / "memory.stat", names.droppable));
  return std::max<std::int64_t>(limit - kept, 0);
}

/// Of a group and those around it; one that is not seen from here is passed over.
std::int64_t left_around(const fs::path& mount, const std::string& path, const Names& names) {
  auto left = left_in(mount, names);
  fs::path group = mount;
  for (const auto& part : fs::path(path).relative_path()) {
    group /= part;
    left = std::min(left, left_in(group, names));
  }
  return left;
}

/// Lines are NUMBER:CONTROLLERS:PATH; the unified hierarchy has number 0 and no controllers.
std::int64_t left_in_container(const fs::path& root) {
  auto left = kNoLimit;
  std::ifstream groups(root / "proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const auto controllers = "," + line.substr(first + 1, second - first - 1) + ",", path = line.substr(second + 1);
    if (controllers == ",,")
      left = std::min(left, left_around(root / "sys/fs/cgroup", path, kUnified));
    else if (controllers.find(",memory,") != std::string::npos)
      left = std::min(left, left_around(root / "sys/fs/cgroup/memory", path, kOld));
  }
  return left;
}

}  // namespace

std::int64_t free_memory(const fs::path& root) {
  constexpr std::int64_t kUnknown = std::int64_t{4} << 30;
  const auto available = number_after(root / "proc/meminfo", "MemAvailable:");
  return std::min(available > 0 ? available * 1024 : kUnknown, left_in_container(root));
}

std::int64_t available_memory() { return free_memory(); }

}  // namespace treewalk
