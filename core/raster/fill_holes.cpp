// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <ATen/ops/clone.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/eq.h>
#include <ATen/ops/masked_fill.h>

#include <utility>
#include <vector>

#include "core/device/in_out.h"
#include "core/device/parallel.h"
#include "core/raster/raster.h"
#include "core/raster/raster_kernel.h"
#include "core/raster/sparse_raster.h"

namespace treewalk {
namespace {

struct Layer {
  std::int64_t width, height;
  at::Tensor value;
};

// Means of the valid cells among 2x2.
Layer pulled(const Layer& layer) {
  Layer up{(layer.width + 1) / 2, (layer.height + 1) / 2, {}};
  up.value = at::empty({up.width * up.height}, layer.value.options());
  parallel_for(layer.value.device(), up.width * up.height,
               PullHeights{layer.width, layer.height, in(layer.value), up.width, out(up.value)});
  return up;
}

// Most rasters have few holes: the CPU sweeps over lists of them.
void smooth_on_cpu(const LayerArrays& layer, const bool* hole, int sweeps) {
  const std::int64_t width = layer.width, height = layer.height;
  float* const value = layer.value;
  std::vector<std::int64_t> border, inside;
  for (std::int64_t j = 0, c = 0; j < height; ++j)
    for (std::int64_t i = 0; i < width; ++i, ++c)
      if (hole[c]) (i > 0 && i + 1 < width && j > 0 && j + 1 < height ? inside : border).push_back(c);
  std::vector<float> next_border(border.size()), next_inside(inside.size());
  for (int s = 0; s < sweeps; ++s) {
    for (std::size_t k = 0; k < border.size(); ++k) next_border[k] = layer.mean_of_neighbours(border[k]);
    for (std::size_t k = 0; k < inside.size(); ++k) {
      const float* z = value + inside[k];
      next_inside[k] = (z[-1] + z[1] + z[-width] + z[width]) * 0.25f;
    }
    for (std::size_t k = 0; k < border.size(); ++k) value[border[k]] = next_border[k];
    for (std::size_t k = 0; k < inside.size(); ++k) value[inside[k]] = next_inside[k];
  }
}

// Fills the holes of a layer from the filled coarser one and smooths them.
void push(Layer& layer, const Layer& coarser, int sweeps) {
  const auto device = layer.value.device();
  const std::int64_t cells = layer.width * layer.height;
  LayerArrays arrays{layer.width, layer.height, out(layer.value), coarser.width, coarser.height, in(coarser.value)};
  const at::Tensor mask = at::empty({cells}, layer.value.options().dtype(at::kBool));
  bool* const hole = out(mask);
  parallel_for(device, cells, PushHeights{arrays, hole});
  if (sweeps == 0) return;
  if (device.is_cpu()) return smooth_on_cpu(arrays, hole, sweeps);
  at::Tensor other = at::empty_like(layer.value);
  for (int s = 0; s < sweeps; ++s) {
    arrays.value = out(layer.value);
    parallel_for(device, cells, SmoothHoles{arrays, hole, out(other)});
    std::swap(layer.value, other);
  }
}

}  // namespace

Raster without_holes(const Raster& raster, int sweeps, const Raster* otherwise) {
  if (raster.sparse()) return raster.with(blocks_without_holes(raster, sweeps, otherwise));
  std::vector<Layer> pyramid{{raster.width, raster.height, raster.value.clone()}};
  while (pyramid.back().width * pyramid.back().height > 1) pyramid.push_back(pulled(pyramid.back()));
  at::Tensor& top = pyramid.back().value;
  top = top.masked_fill(top.eq(RasterFrame::kEmpty), 0);
  for (std::size_t level = pyramid.size() - 1; level-- > 0;)
    push(pyramid[level], pyramid[level + 1], level < 4 ? sweeps : 0);
  return raster.with(pyramid[0].value);
}

}  // namespace treewalk
