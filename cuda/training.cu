// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/optimizer_kernel.h"
#include "cuda/launch.cuh"

namespace treewalk {

template void launch_cuda(const AdamStep&, std::int64_t);

}  // namespace treewalk
