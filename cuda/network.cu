// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/device/pieces_kernel.h"
#include "core/inference/label_kernel.h"
#include "core/network/mask_graph_kernel.h"
#include "core/network/ops_kernel.h"
#include "core/network/owners_kernel.h"
#include "core/network/point_rows_kernel.h"
#include "core/network/row_ops_kernel.h"
#include "cuda/launch.cuh"

namespace treewalk {

template void launch_cuda_lanes(const PoolRows<float>&, std::int64_t);
template void launch_cuda_lanes(const PoolRows<double>&, std::int64_t);
template void launch_cuda_lanes(const PoolRowsGradient<float>&, std::int64_t);
template void launch_cuda_lanes(const PoolRowsGradient<double>&, std::int64_t);
template void launch_cuda_lanes(const UnpoolRows<float>&, std::int64_t);
template void launch_cuda_lanes(const UnpoolRows<double>&, std::int64_t);
template void launch_cuda_lanes(const UnpoolRowsGradient<float>&, std::int64_t);
template void launch_cuda_lanes(const UnpoolRowsGradient<double>&, std::int64_t);
template void launch_cuda_lanes(const PointRows&, std::int64_t);
template void launch_cuda(const AddPieces<float>&, std::int64_t);
template void launch_cuda(const AddPieces<double>&, std::int64_t);
template void launch_cuda(const CrossEntropyRows<float>&, std::int64_t);
template void launch_cuda(const CrossEntropyRows<double>&, std::int64_t);
template void launch_cuda(const DropNumbers<float>&, std::int64_t);
template void launch_cuda(const DropNumbers<double>&, std::int64_t);
template void launch_cuda(const RelationScale&, std::int64_t);
template void launch_cuda(const OwnerOfPlace&, std::int64_t);
template void launch_cuda(const PlacesBefore&, std::int64_t);
template void launch_cuda(const FillMaskGraph&, std::int64_t);
template void launch_cuda(const LabelRows&, std::int64_t);
template void launch_cuda(const MeanOfNearest&, std::int64_t);

}  // namespace treewalk
