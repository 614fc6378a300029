// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

namespace treewalk {

/// The sum over the rows of [n,width] -> [width], without gradients; the same bits for any number of threads.
at::Tensor sum_of_rows(const at::Tensor& rows);

}  // namespace treewalk
