// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/geometry/octree_kernel.h"
#include "cuda/launch.cuh"

namespace treewalk {

template void launch_cuda(const EncodeTreeKeys<float>&, std::int64_t);
template void launch_cuda(const EncodeTreeKeys<double>&, std::int64_t);
template void launch_cuda(const MarkLevels&, std::int64_t);

}  // namespace treewalk
