// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/attention/attention_kernel.h"
#include "core/attention/attention_width_kernel.h"
#include "core/attention/global_kernel.h"
#include "core/attention/linear_kernel.h"
#include "core/attention/sparse_kernel.h"
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
template void launch_cuda_lanes(const AttentionForwardOfWidth<float, 16>&, std::int64_t);
template void launch_cuda_lanes(const AttentionForwardOfWidth<float, 32>&, std::int64_t);
template void launch_cuda_lanes(const AttentionBackwardRowOfWidth<float, 16>&, std::int64_t);
template void launch_cuda_lanes(const AttentionBackwardRowOfWidth<float, 32>&, std::int64_t);
template void launch_cuda_lanes(const AttentionBackwardKeyOfWidth<float, 16>&, std::int64_t);
template void launch_cuda_lanes(const AttentionBackwardKeyOfWidth<float, 32>&, std::int64_t);
template void launch_cuda_lanes(const LinearForward<float>&, std::int64_t);
template void launch_cuda_lanes(const LinearForward<double>&, std::int64_t);
template void launch_cuda_lanes(const LinearBackwardRow<float>&, std::int64_t);
template void launch_cuda_lanes(const LinearBackwardRow<double>&, std::int64_t);
template void launch_cuda_lanes(const LinearBackwardKey<float>&, std::int64_t);
template void launch_cuda_lanes(const LinearBackwardKey<double>&, std::int64_t);
template void launch_cuda_lanes(const OuterSums<float>&, std::int64_t);
template void launch_cuda_lanes(const OuterSums<double>&, std::int64_t);
template void launch_cuda_lanes(const StateProducts<float>&, std::int64_t);
template void launch_cuda_lanes(const StateProducts<double>&, std::int64_t);
template void launch_cuda_lanes(const SparseRows<float>&, std::int64_t);
template void launch_cuda_lanes(const SparseRows<double>&, std::int64_t);
template void launch_cuda_lanes(const SparseValueGradient<float>&, std::int64_t);
template void launch_cuda_lanes(const SparseValueGradient<double>&, std::int64_t);

}  // namespace treewalk
