// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "core/raster/raster.h"

// Rasters in blocks: what the functions of raster.h do with them. Results are the same bits on every device.
namespace treewalk {

/// Blocks on one level of the pyramid over them, on the raster's device. Above the first level a block stands for the
/// 2 x 2 blocks below it.
struct BlockLevel {
  at::Tensor key;     ///< [n] int64: see RasterBlocks
  at::Tensor near;    ///< [n,9] int32
  at::Tensor child;   ///< [n,4] int32: blocks of the level below, row by row, -1 where there is none; first: undefined
  at::Tensor parent;  ///< [n] int32: block of the level above; last: undefined
  /// With so many cells a side that their logarithm is `shift`.
  RasterBlocks blocks(int shift) const;
};
struct BlockTables {
  std::vector<BlockLevel> level;        ///< the last has one block
  std::vector<std::int32_t> by_column;  ///< the blocks of the first level in the order of their columns, then rows
};

/// The keys of the blocks that hold points, ascending; of the frame only the cells count. The same for any order of the
/// points.
std::vector<std::int64_t> blocks_of_points(const at::Tensor& position, const RasterFrame& frame);
/// The keys of the blocks with twice the cells that hold these blocks, ascending.
std::vector<std::int64_t> parents_of_blocks(const std::vector<std::int64_t>& key);
/// key: ascending, at least one.
std::shared_ptr<const BlockTables> block_tables(std::vector<std::int64_t> key, c10::Device device);
/// The frame in these blocks, without heights.
Raster in_blocks(const RasterFrame& frame, std::shared_ptr<const BlockTables> tables);

at::Tensor least_in_blocks(const Raster& raster, std::int64_t radius);
at::Tensor greatest_in_blocks(const Raster& raster, std::int64_t radius);
at::Tensor means_in_blocks(const Raster& raster, std::int64_t radius);
/// smooth: after the mean.
at::Tensor slopes_in_blocks(const Raster& smooth);
at::Tensor blocks_without_holes(const Raster& raster, int sweeps, const Raster* otherwise);

}  // namespace treewalk
