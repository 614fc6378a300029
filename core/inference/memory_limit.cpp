// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/inference/memory_limit.h"

#include "core/inference/memory.h"
#include "treewalk/memory.h"
#include "treewalk/scratch.h"

namespace treewalk {

std::int64_t memory_limit_mb(const Run& run) {
  return run.options.memory_mb > 0 ? run.options.memory_mb : free_memory_mb(run.device) * 3 / 4;
}

bool keeps_clouds_elsewhere(const Run& run) { return run.device.is_cpu() && Scratch::lives(); }

void refuse_memory(const Run& run, std::int64_t points, double enough, const std::string& more) {
  const auto least = (static_cast<std::int64_t>(enough) >> 20) + 1;
  throw TooLittleMemory("a memory limit of " + std::to_string(memory_limit_mb(run)) + " MB is too small for these " +
                            std::to_string(points) + " points; " + std::to_string(least) + " MB are enough" + more,
                        least);
}

}  // namespace treewalk
