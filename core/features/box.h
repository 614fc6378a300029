// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

namespace treewalk {

/// [2,3] float32 on the device of the points: their least and greatest coordinates. position [N,3] float32, contiguous,
/// N >= 1.
at::Tensor box_of(const at::Tensor& position);

}  // namespace treewalk
