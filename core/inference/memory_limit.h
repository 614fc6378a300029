// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <string>

#include "core/inference/run.h"

namespace treewalk {

/// What a run may take: what was asked for or, without a wish, three quarters of what its device has free.
std::int64_t memory_limit_mb(const Run& run);

/// Throws TooLittleMemory: that limit is too small for so many points. enough: the bytes with which the run works;
/// more: an end of the sentence.
[[noreturn]] void refuse_memory(const Run& run, std::int64_t points, double enough, const std::string& more = "");

/// Whether what is as long as a cloud takes none of the run's memory, as a Scratch keeps it.
bool keeps_clouds_elsewhere(const Run& run);

}  // namespace treewalk
