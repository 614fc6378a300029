// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/walks/mask_kernel.h"
#include "core/walks/modulation_kernel.h"
#include "core/walks/walk_kernel.h"
#include "cuda/launch.cuh"

namespace treewalk {

template void launch_cuda(const SortedWalkRow&, std::int64_t);
template void launch_cuda(const SortedPowerRow&, std::int64_t);
template void launch_cuda(const PackRow&, std::int64_t);
template void launch_cuda(const PathCounts&, std::int64_t);
template void launch_cuda(const ProductPlaces&, std::int64_t);
template void launch_cuda(const DiagonalEntries&, std::int64_t);
template void launch_cuda(const ProductPatternRow&, std::int64_t);
template void launch_cuda(const ModulateRow<float>&, std::int64_t);
template void launch_cuda(const ModulateRow<double>&, std::int64_t);
template void launch_cuda(const ModulateRow<float, 1>&, std::int64_t);
template void launch_cuda(const ModulateRow<float, 2>&, std::int64_t);
template void launch_cuda(const ModulateRow<float, 4>&, std::int64_t);
template void launch_cuda(const ModulateRow<float, 8>&, std::int64_t);
template void launch_cuda(const ModulateRow<double, 1>&, std::int64_t);
template void launch_cuda(const ModulateRow<double, 2>&, std::int64_t);
template void launch_cuda(const ModulateRow<double, 4>&, std::int64_t);
template void launch_cuda(const ModulateRow<double, 8>&, std::int64_t);
template void launch_cuda(const ModulationGradient<float>&, std::int64_t);
template void launch_cuda(const ModulationGradient<double>&, std::int64_t);
template void launch_cuda(const MaskProductRow<float>&, std::int64_t);
template void launch_cuda(const MaskProductRow<double>&, std::int64_t);
template void launch_cuda(const MaskProductGradient<float>&, std::int64_t);
template void launch_cuda(const MaskProductGradient<double>&, std::int64_t);

template void launch_cuda(const RowProducts<float>&, std::int64_t);
template void launch_cuda(const RowProducts<double>&, std::int64_t);
template void launch_cuda(const RowProductsGradient<float>&, std::int64_t);
template void launch_cuda(const RowProductsGradient<double>&, std::int64_t);

}  // namespace treewalk
