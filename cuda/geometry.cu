// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/attention/family_kernel.h"
#include "core/geometry/morton.h"
#include "cuda/launch.cuh"

namespace treewalk {

template void launch_cuda(const EncodeMorton<float>&, std::int64_t);
template void launch_cuda(const EncodeMorton<double>&, std::int64_t);
template void launch_cuda(const MarkLevels&, std::int64_t);
template void launch_cuda(const CountFamily&, std::int64_t);
template void launch_cuda(const FillFamily&, std::int64_t);

}  // namespace treewalk
