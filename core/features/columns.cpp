// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/sort.h>

#include <algorithm>
#include <array>
#include <memory>

#include "core/device/in_out.h"
#include "core/features/cells.h"
#include "core/features/columns_kernel.h"
#include "core/features/ground_kernel.h"
#include "core/features/modules.h"
#include "core/raster/raster.h"

// Heights over what lies lowest around a cell. On sloping ground they grow with the slope; "ground" does not.
namespace treewalk {
namespace {

/// "column" (as many as there are levels): height of a leaf cell's mean over the lowest point of the vertical column
/// of cells that it stands in, sq(mean.z - lowest), for columns as wide as the cells of level 0, 1, 2 and so on.
/// Coarser cells hold the mean over their points.
class Column : public Feature {
 public:
  bool sees_parts() const override { return false; }  // columns of the coarse levels
  int cell_columns(const SceneOptions& options, int) const override { return options.levels; }
  void compute(const FeatureInput& input, const Output& output) const override {
    const auto device = input.device();
    const LevelArrays leaves = input.moments.level[0].arrays();
    const at::Tensor key = at::empty({leaves.size}, input.scene.octree.level[0].key.options());
    parallel_for(device, leaves.size, ColumnKey{leaves, out(key)});
    const auto [sorted, cell] = at::sort(key, /*stable=*/true, /*dim=*/0, /*descending=*/false);
    const at::Tensor end = at::empty_like(key), first = at::empty_like(key),
                     run = at::arange(leaves.size, key.options());
    const DeviceRecords<float> low(key, leaves.size);
    const ColumnArrays columns{leaves.size, in(sorted), in(cell), out(end), low.get(), out(first)};
    parallel_for(device, leaves.size,
                 LowestOfLeaf{columns, in(input.scene.octree.level[0].point), in(input.scene.position)});
    const int levels = input.options.levels;
    for (int j = 0; j < levels; ++j) {
      parallel_for(device, leaves.size, JoinColumns{columns, j});
      parallel_for(device, leaves.size,
                   HeightOverColumn{columns, out(run), leaves.raw, output.cell[0] + j, output.cell_stride[0]});
    }
    mean_over_children(input, output, levels);
  }
};

/// "opening" (6): height over the grey opening of a raster of lowest points (1 m, coarser where lowest_points must;
/// empty raster cells do not count), windows of 3, 5, 9, 17, 33 and 65 m: sq of the mean over the leaf's points of
/// clip(z - opening, -5, 50). Coarser cells hold the mean over their points.
class Opening : public Feature {
  struct Rasters : Overview {
    Raster low;
    std::array<Raster, kOpenings> opened;
  };

 public:
  bool sees_parts() const override { return true; }
  std::shared_ptr<const Overview> overview(const at::Tensor& position,
                                           const std::array<double, 3>& zero) const override {
    const auto made = std::make_shared<Rasters>();
    const Raster& low = made->low = lowest_points(position, 1, zero);
    for (int k = 0; k < kOpenings; ++k) {
      const auto radius = static_cast<std::int64_t>((1 << k) / low.cell + 0.5);
      made->opened[k] = open(low, std::max<std::int64_t>(radius, 1));
    }
    return made;
  }
  double reach() const override { return 2.0 * (1 << (kOpenings - 1)) + 2; }
  int cell_columns(const SceneOptions&, int) const override { return kOpenings; }
  void compute_points(const FeatureInput& input, const Output& output) const override {
    if (output.cell.empty()) return;
    const std::int64_t size = input.scene.size();
    const auto& all = static_cast<const Rasters&>(*input.overview);
    const DeviceRecords<float> over(all.low.value, size * kOpenings);
    OpeningPoints points{all.low, {}, in(input.scene.position), over.get()};
    for (int k = 0; k < kOpenings; ++k) points.opened[k] = all.opened[k].heights();
    parallel_for(input.device(), size, points);
    mean_over_points(input, output, {over.get(), kOpenings, kOpenings, 64});
    parallel_for(input.device(), input.moments.level[0].size(),
                 SquashRows{output.cell[0], output.cell_stride[0], kOpenings});
  }
  void compute(const FeatureInput& input, const Output& output) const override {
    mean_over_children(input, output, kOpenings);
  }
};

}  // namespace

const Feature& column_feature() {
  static const Column module;
  return module;
}

const Feature& opening_feature() {
  static const Opening module;
  return module;
}

}  // namespace treewalk
