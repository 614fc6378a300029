// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <filesystem>

namespace treewalk {

/// Memory in bytes that this process may still take on the CPU: what the machine has available, or less where it lives
/// in a container (control groups, version 1 and 2) that is allowed less: of it and of all groups around it, the limit
/// less what they use, but for files that could be dropped. root: of the file system; another one for tests. 4 GB where
/// the system tells nothing.
std::int64_t free_memory(const std::filesystem::path& root = "/");

}  // namespace treewalk
