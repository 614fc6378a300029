// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <string>

#include "tests/benchmark/vector_sets.h"

namespace treewalk {

/// Prints a line: builds and queries of all sides, by one thread, in turns.
void compare_sides(const std::string& name, const VectorSet& rows, int k, int repetitions);

}  // namespace treewalk
