// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/attention/family_edge_kernel.h"
#include "core/attention/global_kernel.h"
#include "core/attention/mask_edge_kernel.h"
#include "core/attention/row_attention_kernel.h"
#include "core/attention/sparse_kernel.h"
#include "cuda/launch.cuh"

namespace treewalk {

template void launch_cuda_lanes(const RowForward<FamilyEdges<float>, 16>&, std::int64_t);
template void launch_cuda_lanes(const RowForward<FamilyEdges<float>, 32>&, std::int64_t);
template void launch_cuda_lanes(const RowForward<FamilyEdges<float>, 0>&, std::int64_t);
template void launch_cuda_lanes(const RowForward<FamilyEdges<double>, 0>&, std::int64_t);
template void launch_cuda_lanes(const RowForward<MaskEdges<float>, 16>&, std::int64_t);
template void launch_cuda_lanes(const RowForward<MaskEdges<float>, 32>&, std::int64_t);
template void launch_cuda_lanes(const RowForward<MaskEdges<float>, 0>&, std::int64_t);
template void launch_cuda_lanes(const RowForward<MaskEdges<double>, 0>&, std::int64_t);
template void launch_cuda_lanes(const RowBackward<FamilyEdges<float>, 16>&, std::int64_t);
template void launch_cuda_lanes(const RowBackward<FamilyEdges<float>, 32>&, std::int64_t);
template void launch_cuda_lanes(const RowBackward<FamilyEdges<float>, 0>&, std::int64_t);
template void launch_cuda_lanes(const RowBackward<FamilyEdges<double>, 0>&, std::int64_t);
template void launch_cuda_lanes(const RowBackward<MaskEdges<float>, 16>&, std::int64_t);
template void launch_cuda_lanes(const RowBackward<MaskEdges<float>, 32>&, std::int64_t);
template void launch_cuda_lanes(const RowBackward<MaskEdges<float>, 0>&, std::int64_t);
template void launch_cuda_lanes(const RowBackward<MaskEdges<double>, 0>&, std::int64_t);
template void launch_cuda_lanes(const RowBackwardKey<float, 16>&, std::int64_t);
template void launch_cuda_lanes(const RowBackwardKey<float, 32>&, std::int64_t);
template void launch_cuda_lanes(const RowBackwardKey<float, 0>&, std::int64_t);
template void launch_cuda_lanes(const RowBackwardKey<double, 0>&, std::int64_t);
template void launch_cuda_lanes(const FamilyBackwardRelation<float>&, std::int64_t);
template void launch_cuda_lanes(const FamilyBackwardRelation<double>&, std::int64_t);
template void launch_cuda_lanes(const OuterSums<float>&, std::int64_t);
template void launch_cuda_lanes(const OuterSums<double>&, std::int64_t);
template void launch_cuda_lanes(const StateProducts<float>&, std::int64_t);
template void launch_cuda_lanes(const StateProducts<double>&, std::int64_t);
template void launch_cuda_lanes(const SparseRows<float>&, std::int64_t);
template void launch_cuda_lanes(const SparseRows<double>&, std::int64_t);
template void launch_cuda_lanes(const SparseValueGradient<float>&, std::int64_t);
template void launch_cuda_lanes(const SparseValueGradient<double>&, std::int64_t);

}  // namespace treewalk
