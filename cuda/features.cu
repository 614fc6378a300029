// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/features/ancestors_kernel.h"
#include "core/features/box_kernel.h"
#include "core/features/cell_features_kernel.h"
#include "core/features/cells_kernel.h"
#include "core/features/columns_kernel.h"
#include "core/features/covariance_kernel.h"
#include "core/features/dominant_plane_kernel.h"
#include "core/features/fields_kernel.h"
#include "core/features/ground_kernel.h"
#include "core/raster/block_kernel.h"
#include "core/raster/raster_kernel.h"
#include "core/scene/moments_kernel.h"
#include "core/scene/normalise_kernel.h"
#include "core/scene/scene_kernel.h"
#include "cuda/launch.cuh"

namespace treewalk {

// scenes and moments
template void launch_cuda(const LeafMoments&, std::int64_t);
template void launch_cuda(const ClusterMoments&, std::int64_t);
template void launch_cuda(const ParentMoments&, std::int64_t);
template void launch_cuda(const SmoothMoments&, std::int64_t);
template void launch_cuda(const SumMoments&, std::int64_t);
template void launch_cuda(const WriteMeans&, std::int64_t);
template void launch_cuda(const WriteNodes&, std::int64_t);
template void launch_cuda(const WritePlaces&, std::int64_t);
template void launch_cuda(const CountNear&, std::int64_t);
template void launch_cuda(const WriteNear&, std::int64_t);
template void launch_cuda(const CountTreeSiblings&, std::int64_t);
template void launch_cuda(const WriteTreeSiblings&, std::int64_t);
// normalisation
template void launch_cuda(const MomentsOfPoints&, std::int64_t);
template void launch_cuda(const AddMoments&, std::int64_t);
template void launch_cuda(const PrincipalAxes&, std::int64_t);
template void launch_cuda(const CubesOfPoints&, std::int64_t);
template void launch_cuda(const AddCubes&, std::int64_t);
template void launch_cuda(const OrientAxes&, std::int64_t);
template void launch_cuda(const ScaleToBox&, std::int64_t);
template void launch_cuda(const DistanceFromMean&, std::int64_t);
template void launch_cuda(const ScaleToSphere&, std::int64_t);
template void launch_cuda(const MovePoints&, std::int64_t);
template void launch_cuda(const TurnNormals&, std::int64_t);
// cells
template void launch_cuda_lanes(const MeanOverPoints&, std::int64_t);
template void launch_cuda_lanes(const MeanOverChildren&, std::int64_t);
template void launch_cuda(const EachCell<AncestorsRow>&, std::int64_t);
template void launch_cuda(const EachCell<ConstantRow>&, std::int64_t);
template void launch_cuda(const EachCell<DensityRow>&, std::int64_t);
template void launch_cuda(const EachCell<IntensityRow>&, std::int64_t);
template void launch_cuda(const EachCell<NormalRow>&, std::int64_t);
template void launch_cuda(const EachCell<OffsetRow>&, std::int64_t);
template void launch_cuda(const EachCell<PlaceRow>&, std::int64_t);
template void launch_cuda(const EachCell<PlaneRow>&, std::int64_t);
template void launch_cuda(const EachCell<PositionRow>&, std::int64_t);
template void launch_cuda(const EachCell<ShapeRow>&, std::int64_t);
template void launch_cuda(const EachCell<UpRow>&, std::int64_t);
template void launch_cuda(const EachCell<ZeroRow>&, std::int64_t);
// boxes, columns, neighbourhoods and fields
template void launch_cuda(const SizeOfBox&, std::int64_t);
template void launch_cuda(const MakeUnitBox&, std::int64_t);
template void launch_cuda(const PlacePoints&, std::int64_t);
template void launch_cuda(const ColumnKey&, std::int64_t);
template void launch_cuda(const LowestOfLeaf&, std::int64_t);
template void launch_cuda(const JoinColumns&, std::int64_t);
template void launch_cuda(const HeightOverColumn&, std::int64_t);
template void launch_cuda(const CovariancePoints&, std::int64_t);
template void launch_cuda(const GatherField&, std::int64_t);
template void launch_cuda(const FieldPoints&, std::int64_t);
template void launch_cuda(const BrightnessPoints&, std::int64_t);
template void launch_cuda(const ReturnsPoints&, std::int64_t);
template void launch_cuda(const ZeroPoints&, std::int64_t);
template void launch_cuda(const SizeOfPiece&, std::int64_t);
template void launch_cuda(const MeanSize&, std::int64_t);
// the dominant plane
template void launch_cuda(const TakeProbes&, std::int64_t);
template void launch_cuda(const ScorePlanes&, std::int64_t);
template void launch_cuda(const ChoosePlane&, std::int64_t);
template void launch_cuda(const NearPlane&, std::int64_t);
template void launch_cuda(const RefitPlane&, std::int64_t);
template void launch_cuda(const PlanePoints&, std::int64_t);
// rasters and the ground
template void launch_cuda(const BlockExtremum<true>&, std::int64_t);
template void launch_cuda(const BlockExtremum<false>&, std::int64_t);
template void launch_cuda(const BlockMean&, std::int64_t);
template void launch_cuda(const BlockOfPoint&, std::int64_t);
template void launch_cuda(const BlockSlope&, std::int64_t);
template void launch_cuda(const PullBlocks&, std::int64_t);
template void launch_cuda(const PullParents&, std::int64_t);
template void launch_cuda(const PushBlocks&, std::int64_t);
template void launch_cuda(const SmoothBlocks&, std::int64_t);
template void launch_cuda(const CellOfPoint&, std::int64_t);
template void launch_cuda(const SideBySide&, std::int64_t);
template void launch_cuda(const RaiseExcess&, std::int64_t);
template void launch_cuda(const KeepGround&, std::int64_t);
template void launch_cuda(const GroundPoints&, std::int64_t);
template void launch_cuda(const HeightsOver&, std::int64_t);
template void launch_cuda(const OpeningPoints&, std::int64_t);
template void launch_cuda(const SquashRows&, std::int64_t);

}  // namespace treewalk
