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
#include "core/raster/whole_blocks.h"

namespace treewalk {
namespace {

constexpr std::int64_t kPiece = 1 << 14;

struct Layer {
  RasterBlocks blocks;
  const std::int32_t* parent;  ///< to the blocks of the next layer, where these are others
  at::Tensor value;
};

/// The blocks' cells to those of half as many a side.
void pull(const RasterBlocks& blocks, const at::Tensor& from, const at::Tensor& to) {
  const float* const fine = in(from);
  float* const coarse = out(to);
  if (!from.is_cpu()) return parallel_for(from.device(), to.numel(), PullBlocks{blocks.shift, fine, coarse});
  with_shift(blocks.shift, [&](auto shift) {
    for_blocks(blocks,
               [&](std::int64_t b) { pull_block<shift>(fine + (b << 2 * shift), coarse + (b << 2 * (shift - 1))); });
  });
}

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
    pull(pyramid.back().blocks, pyramid.back().value, up.value);
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

/// One sweep over a list of holes.
void smooth_some_on_cpu(const BlockLayer& layer, const std::vector<std::int64_t>& hole, std::vector<float>& next) {
  const auto size = static_cast<std::int64_t>(hole.size());
  parallel_pieces(size, kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    for (std::int64_t k = begin; k < end; ++k) next[k] = layer.mean_of_neighbours(hole[k]);
  });
  for (std::int64_t k = 0; k < size; ++k) layer.value[hole[k]] = next[k];
}

std::int64_t count_of(const bool* hole, std::int64_t cells) {
  constexpr std::int64_t kRow = 128;  // short numbers are added many at once
  std::int64_t count = 0;
  for (std::int64_t c = 0; c < cells; c += kRow) {
    std::uint8_t in_row = 0;
    for (std::int64_t i = c; i < std::min(c + kRow, cells); ++i) in_row = static_cast<std::uint8_t>(in_row + hole[i]);
    count += in_row;
  }
  return count;
}

/// Rasters finer than the points are have holes nearly everywhere, others hardly any.
void smooth_on_cpu(Layer& layer, BlockLayer arrays, const bool* hole, int sweeps) {
  constexpr std::int64_t kFew = 16;
  const std::int64_t cells = arrays.blocks.cells(), holes = count_of(hole, cells);
  if (holes < cells / kFew) {
    std::vector<std::int64_t> list;
    for (std::int64_t c = 0; c < cells; ++c)
      if (hole[c]) list.push_back(c);
    std::vector<float> next(list.size());
    for (int s = 0; s < sweeps; ++s) smooth_some_on_cpu(arrays, list, next);
    return;
  }
  at::Tensor other = at::empty_like(layer.value);
  for (int s = 0; s < sweeps; ++s) {
    arrays.value = out(layer.value);
    float* const next = out(other);
    with_shift(arrays.blocks.shift, [&](auto shift) {
      for_blocks(arrays.blocks, [&](std::int64_t b) { smooth_block<shift>(arrays, b, hole, next); });
    });
    std::swap(layer.value, other);
  }
}

/// Fills the holes of a layer from the filled coarser one and smooths them.
void push(Layer& layer, const Layer& coarser, int sweeps) {
  const auto device = layer.value.device();
  const std::int64_t cells = layer.blocks.cells();
  BlockLayer arrays{layer.blocks, coarser.blocks, layer.parent, out(layer.value), in(coarser.value)};
  const at::Tensor mask = at::empty({cells}, layer.value.options().dtype(at::kBool));
  bool* const hole = out(mask);
  if (device.is_cpu() && layer.blocks.shift > 0)
    with_shift(layer.blocks.shift, [&](auto shift) {
      for_blocks(layer.blocks, [&](std::int64_t b) { push_block<shift>(arrays, b, hole); });
    });
  else
    parallel_for(device, cells, PushBlocks{arrays, hole});
  if (sweeps == 0) return;
  if (device.is_cpu()) return smooth_on_cpu(layer, arrays, hole, sweeps);
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
