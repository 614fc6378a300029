// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/attention/attention_kernel.h"
#include "cuda/launch.cuh"

namespace treewalk {

template void launch_cuda_lanes(const AttentionForward<float>&, std::int64_t);
template void launch_cuda_lanes(const AttentionForward<double>&, std::int64_t);
template void launch_cuda_lanes(const AttentionBackwardRow<float>&, std::int64_t);
template void launch_cuda_lanes(const AttentionBackwardRow<double>&, std::int64_t);
template void launch_cuda_lanes(const AttentionBackwardRelation<float>&, std::int64_t);
template void launch_cuda_lanes(const AttentionBackwardRelation<double>&, std::int64_t);
template void launch_cuda_lanes(const AttentionBackwardKey<float>&, std::int64_t);
template void launch_cuda_lanes(const AttentionBackwardKey<double>&, std::int64_t);

}  // namespace treewalk
