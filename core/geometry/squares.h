// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <limits>

namespace treewalk {

/// The largest squared distance by which neighbours can be told apart.
constexpr float kFarthest = std::numeric_limits<float>::max();

/// Throws Error for positions [n,3], float32, finite and on the CPU, whose squared distances float32 does not tell
/// apart: all of them within 2^-50 but not in one place, or half of them further apart than 2^63. Returns whether all
/// squared distances are at most kFarthest: a few points that are farther away are no error, and nobody's neighbours.
bool check_squares(const at::Tensor& position);

}  // namespace treewalk
