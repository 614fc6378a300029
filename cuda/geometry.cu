// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/attention/family_kernel.h"
#include "core/geometry/box_tree_kernel.h"
#include "core/geometry/clusters_kernel.h"
#include "core/geometry/graph_kernel.h"
#include "core/geometry/graph_seeds_kernel.h"
#include "core/geometry/knn_kernel.h"
#include "core/geometry/octree_kernel.h"
#include "cuda/launch.cuh"

namespace treewalk {

template void launch_cuda(const EncodeTreeKeys<float>&, std::int64_t);
template void launch_cuda(const EncodeTreeKeys<double>&, std::int64_t);
template void launch_cuda(const MarkLevels&, std::int64_t);
template void launch_cuda(const ChooseCluster<float>&, std::int64_t);
template void launch_cuda(const ChooseCluster<double>&, std::int64_t);
template void launch_cuda(const CutBehind<float>&, std::int64_t);
template void launch_cuda(const CutBehind<double>&, std::int64_t);
template void launch_cuda(const TakeInterval<float>&, std::int64_t);
template void launch_cuda(const TakeInterval<double>&, std::int64_t);
template void launch_cuda(const FirstCentres<float>&, std::int64_t);
template void launch_cuda(const FirstCentres<double>&, std::int64_t);
template void launch_cuda(const MoveCentres<float>&, std::int64_t);
template void launch_cuda(const MoveCentres<double>&, std::int64_t);
template void launch_cuda(const CountFamily&, std::int64_t);
template void launch_cuda(const FillFamily&, std::int64_t);
template void launch_cuda(const WriteLevel&, std::int64_t);
template void launch_cuda(const EncodeInBox&, std::int64_t);
template void launch_cuda(const FillLeaves&, std::int64_t);
template void launch_cuda(const FillBoxes&, std::int64_t);
template void launch_cuda(const NearestRows<1>&, std::int64_t);
template void launch_cuda(const NearestRows<8>&, std::int64_t);
template void launch_cuda(const NearestRows<16>&, std::int64_t);
template void launch_cuda(const NearestRows<32>&, std::int64_t);
template void launch_cuda(const LongNearestRows&, std::int64_t);
template void launch_cuda(const RowsOfEntries&, std::int64_t);
template void launch_cuda(const OffsetsOfSorted&, std::int64_t);
template void launch_cuda(const MergeRows&, std::int64_t);
template void launch_cuda(const MoveRows&, std::int64_t);
template void launch_cuda(const CountNeighbours&, std::int64_t);
template void launch_cuda(const HashOfNode&, std::int64_t);
template void launch_cuda(const MarkSeeds&, std::int64_t);
template void launch_cuda(const DropBesideSeeds&, std::int64_t);
template void launch_cuda(const HomesOfNodes&, std::int64_t);
template void launch_cuda(const HeaviestOfRow&, std::int64_t);

}  // namespace treewalk
