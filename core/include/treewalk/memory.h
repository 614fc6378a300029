// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "treewalk/cloud.h"

namespace treewalk {
/// \addtogroup core
/// @{

/// Raised by a run whose memory limit is too small for its cloud.
class TREEWALK_EXPORT TooLittleMemory : public Error {
 public:
  /// \param sentence that what() gives back
  /// \param least the limit in MB with which the run would work
  TooLittleMemory(const std::string& sentence, std::int64_t least) : Error(sentence), least_mb(least) {}
  std::int64_t least_mb;  ///< RunOptions::memory_mb with which the run works
};

/// Memory in bytes that this process has in the machine's memory now: its own, and what it uses of programs and
/// libraries. Limits of whole programs are about this; RunOptions::memory_mb is about what a run takes beside it.
/// \param root of the file system; another one for tests
/// \return 0 where the system does not tell
TREEWALK_EXPORT std::int64_t resident_memory(const std::filesystem::path& root = "/");

/// Memory in bytes that this process may still take on the CPU: what the machine has available, or less where a
/// container (control groups) allows less.
/// \return 4 GB where the system does not tell
TREEWALK_EXPORT std::int64_t available_memory();

/// Gives the system back what this process has freed. The allocator keeps it, in parts for each thread, and takes new
/// memory where it does not fit.
TREEWALK_EXPORT void give_back_memory();

/// From now on freed memory of any size stays with the process, for the next run, tile or step of training, which takes
/// arrays of the same sizes; by default each large one goes back to the system, whose fresh pages cost more than what
/// is then done with them where work is light. For programs: the whole process's allocator changes (glibc's; others do
/// as they did), and resident_memory() counts what was freed, until give_back_memory().
TREEWALK_EXPORT void keep_freed_memory();

/// Whether a run takes the machine's memory, or that of a GPU. Throws Error for an unknown or unavailable device.
/// \param device as in RunOptions
/// \return whether that is the CPU
TREEWALK_EXPORT bool runs_on_cpu(const std::string& device);

/// @}
}  // namespace treewalk
