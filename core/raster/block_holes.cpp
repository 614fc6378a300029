// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <ATen/ops/clone.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/eq.h>
#include <ATen/ops/masked_fill.h>
#include <ATen/ops/where.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "core/device/in_out.h"
#include "core/device/parallel.h"
#include "core/raster/block_kernel.h"
#include "core/raster/sparse_raster.h"

namespace treewalk {
namespace {

constexpr std::int64_t kPiece = 1 << 14;

struct Layer {
  RasterBlocks blocks;
  const std::int32_t* parent;  ///< to the blocks of the next layer, where these are others
  at::Tensor value;
};

/// The raster and means of the valid cells among 2 x 2, layer by layer up to one cell, or to one of `most` blocks.
std::vector<Layer> pyramid_over(const Raster& raster, std::size_t most) {
  const auto device = raster.value.device();
  const auto& levels = raster.tables->level;
  std::vector<Layer> pyramid{{raster.blocks, nullptr, raster.value.clone()}};
  const auto next = [&](const RasterBlocks& blocks) {
    return Layer{blocks, nullptr, at::empty({blocks.cells()}, raster.value.options())};
  };
  for (int shift = raster.blocks.shift; shift > 0; --shift) {
    Layer up = next(levels.front().blocks(shift - 1));
    parallel_for(device, up.blocks.cells(), PullBlocks{shift, in(pyramid.back().value), out(up.value)});
    pyramid.push_back(std::move(up));
  }
  for (std::size_t k = 1; k < std::min(levels.size(), most); ++k) {
    pyramid.back().parent = in(levels[k - 1].parent);
    Layer up = next(levels[k].blocks(0));
    parallel_for(device, up.blocks.cells(), PullParents{in(levels[k].child), in(pyramid.back().value), out(up.value)});
    pyramid.push_back(std::move(up));
  }
  return pyramid;
}

/// Most rasters have few holes: the CPU sweeps over a list of them.
void smooth_on_cpu(const BlockLayer& layer, const bool* hole, int sweeps) {
  std::vector<std::int64_t> holes;
  for (std::int64_t c = 0; c < layer.blocks.cells(); ++c)
    if (hole[c]) holes.push_back(c);
  const auto size = static_cast<std::int64_t>(holes.size());
  std::vector<float> next(holes.size());
  for (int s = 0; s < sweeps; ++s) {
    parallel_pieces(size, kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
      for (std::int64_t k = begin; k < end; ++k) next[k] = layer.mean_of_neighbours(holes[k]);
    });
    for (std::int64_t k = 0; k < size; ++k) layer.value[holes[k]] = next[k];
  }
}

/// Fills the holes of a layer from the filled coarser one and smooths them.
void push(Layer& layer, const Layer& coarser, int sweeps) {
  const auto device = layer.value.device();
  const std::int64_t cells = layer.blocks.cells();
  BlockLayer arrays{layer.blocks, coarser.blocks, layer.parent, out(layer.value), in(coarser.value)};
  const at::Tensor mask = at::empty({cells}, layer.value.options().dtype(at::kBool));
  bool* const hole = out(mask);
  parallel_for(device, cells, PushBlocks{arrays, hole});
  if (sweeps == 0) return;
  if (device.is_cpu()) return smooth_on_cpu(arrays, hole, sweeps);
  at::Tensor other = at::empty_like(layer.value);
  for (int s = 0; s < sweeps; ++s) {
    arrays.value = out(layer.value);
    parallel_for(device, cells, SmoothBlocks{arrays, hole, out(other)});
    std::swap(layer.value, other);
  }
}

}  // namespace

at::Tensor blocks_without_holes(const Raster& raster, int sweeps, const Raster* otherwise) {
  constexpr std::size_t kLevels = 4;  // of blocks: the last has squares of 128 cells
  const auto all = raster.tables->level.size();
  std::vector<Layer> pyramid = pyramid_over(raster, otherwise ? kLevels : all);
  at::Tensor& top = pyramid.back().value;
  const auto empty = top.eq(RasterFrame::kEmpty);
  top = otherwise ? at::where(empty, pyramid_over(*otherwise, kLevels).back().value, top) : top.masked_fill(empty, 0);
  for (std::size_t level = pyramid.size() - 1; level-- > 0;)
    push(pyramid[level], pyramid[level + 1], level < 4 ? sweeps : 0);
  return pyramid.front().value;
}

}  // namespace treewalk
