// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/device/sums_kernel.h"
#include "core/inference/label_kernel.h"
#include "core/network/assign_entries_kernel.h"
#include "core/network/assign_kernel.h"
#include "core/network/assign_loss_kernel.h"
#include "core/network/mask_graph_kernel.h"
#include "core/network/ops_kernel.h"
#include "core/network/owners_kernel.h"
#include "core/network/point_rows_kernel.h"
#include "core/network/row_ops_kernel.h"
#include "core/network/sum_rows_kernel.h"
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
template void launch_cuda(const CandidateDistances<float>&, std::int64_t);
template void launch_cuda(const CandidateDistances<double>&, std::int64_t);
template void launch_cuda(const ScoreGradient<float>&, std::int64_t);
template void launch_cuda(const ScoreGradient<double>&, std::int64_t);
template void launch_cuda(const CentreGradient<float>&, std::int64_t);
template void launch_cuda(const CentreGradient<double>&, std::int64_t);
template void launch_cuda(const ShareGradient<float>&, std::int64_t);
template void launch_cuda(const ShareGradient<double>&, std::int64_t);
template void launch_cuda(const FirstCentreGradient<float>&, std::int64_t);
template void launch_cuda(const FirstCentreGradient<double>&, std::int64_t);
template void launch_cuda(const PoolShareGradient<float>&, std::int64_t);
template void launch_cuda(const PoolShareGradient<double>&, std::int64_t);
template void launch_cuda(const EntryShareGradient<float>&, std::int64_t);
template void launch_cuda(const EntryShareGradient<double>&, std::int64_t);
template void launch_cuda(const ClusterLabels<float>&, std::int64_t);
template void launch_cuda(const ClusterLabels<double>&, std::int64_t);
template void launch_cuda(const NodeLabels<float>&, std::int64_t);
template void launch_cuda(const NodeLabels<double>&, std::int64_t);
template void launch_cuda(const ClusterLabelsGradient<float>&, std::int64_t);
template void launch_cuda(const ClusterLabelsGradient<double>&, std::int64_t);
template void launch_cuda(const LabelShareGradient<float>&, std::int64_t);
template void launch_cuda(const LabelShareGradient<double>&, std::int64_t);
template void launch_cuda(const SpreadOfNode<float>&, std::int64_t);
template void launch_cuda(const SpreadOfNode<double>&, std::int64_t);
template void launch_cuda(const LinksOfNode<float>&, std::int64_t);
template void launch_cuda(const LinksOfNode<double>&, std::int64_t);
template void launch_cuda(const SumRowsOfPiece<float>&, std::int64_t);
template void launch_cuda(const SumRowsOfPiece<double>&, std::int64_t);
template void launch_cuda(const RowSums<float>&, std::int64_t);
template void launch_cuda(const RowSums<double>&, std::int64_t);
template void launch_cuda(const SumMembers<float>&, std::int64_t);
template void launch_cuda(const SumMembers<double>&, std::int64_t);
template void launch_cuda(const ClusterRecords&, std::int64_t);
template void launch_cuda(const RelationScale&, std::int64_t);
template void launch_cuda(const OwnerOfPlace&, std::int64_t);
template void launch_cuda(const PlacesBefore&, std::int64_t);
template void launch_cuda(const FillMaskGraph&, std::int64_t);
template void launch_cuda(const LabelRows&, std::int64_t);
template void launch_cuda(const MeanOfNearest&, std::int64_t);

}  // namespace treewalk
