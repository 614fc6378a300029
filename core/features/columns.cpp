// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "core/features/cells.h"
#include "core/features/modules.h"
#include "core/features/raster.h"
#include "core/geometry/morton.h"

// Heights over what lies lowest around a cell. On sloping ground they grow with the slope; "ground" does not.
namespace treewalk {
namespace {

// Lowest z of the points of every leaf.
std::vector<float> lowest_of_leaves(const FeatureInput& input) {
  const std::int32_t* first = input.scene.octree.level[0].point.const_data_ptr<std::int32_t>();
  const float* position = input.scene.position.const_data_ptr<float>();
  std::vector<float> lowest(input.moments.level[0].size());
  for (std::size_t c = 0; c < lowest.size(); ++c) {
    lowest[c] = position[3 * static_cast<std::int64_t>(first[c]) + 2];
    for (std::int64_t i = first[c]; i < first[c + 1]; ++i) lowest[c] = std::min(lowest[c], position[3 * i + 2]);
  }
  return lowest;
}

/// "column" (as many as there are levels): height of a leaf cell's mean over the lowest point of the vertical column
/// of cells that it stands in, sq(mean.z - lowest), for columns as wide as the cells of level 0, 1, 2 and so on.
/// Coarser cells hold the mean over their points.
class Column : public Feature {
 public:
  int cell_columns(const SceneOptions& options, int) const override { return options.levels; }
  void compute(const FeatureInput& input, const Output& output) const override {
    const LevelMoments& leaves = input.moments.level[0];
    const std::vector<float> lowest = lowest_of_leaves(input);
    // Cells of one column are neighbours in the order of the key of their x and y, and so are those of wider columns.
    std::vector<std::pair<std::uint64_t, std::int64_t>> order(leaves.size());
    for (std::int64_t c = 0; c < leaves.size(); ++c)
      order[c] = {morton_encode(leaves.coordinate[c][0], leaves.coordinate[c][1], 0), c};
    std::sort(order.begin(), order.end());
    const int levels = input.options.levels;
    for (int j = 0; j < levels; ++j)
      for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
        float low = lowest[order[begin].second];
        for (end = begin; end < order.size() && order[end].first >> 3 * j == order[begin].first >> 3 * j; ++end)
          low = std::min(low, lowest[order[end].second]);
        for (std::size_t k = begin; k < end; ++k) {
          const std::int64_t c = order[k].second;
          output.cell[0][c * output.cell_stride[0] + j] = squash(leaves.raw[c].mean[2] - low);
        }
      }
    mean_over_children(input, output, levels);
  }
};

/// "opening" (6): height over the grey opening of a raster of lowest points (1 m, coarser where lowest_points must;
/// empty raster cells do not count), windows of 3, 5, 9, 17, 33 and 65 m: sq of the mean over the leaf's points of
/// clip(z - opening, -5, 50). Coarser cells hold the mean over their points.
class Opening : public Feature {
 public:
  int cell_columns(const SceneOptions&, int) const override { return kColumns; }
  void compute(const FeatureInput& input, const Output& output) const override {
    const float* position = input.scene.position.const_data_ptr<float>();
    const std::int64_t size = input.scene.size();
    const Raster low = lowest_points(position, size, 1);
    std::vector<float> over(size * kColumns);
    for (int k = 0; k < kColumns; ++k) {
      const auto radius = static_cast<std::int64_t>((1 << k) / low.cell + 0.5);
      const Raster opened = open(low, std::max<std::int64_t>(radius, 1));
      for (std::int64_t i = 0; i < size; ++i) {
        const float ground = opened.value[opened.index(position[3 * i], position[3 * i + 1])];
        over[i * kColumns + k] = std::clamp(position[3 * i + 2] - ground, -5.0f, 50.0f);
      }
    }
    mean_over_points(input, output, {over.data(), kColumns, kColumns, 64});
    for (std::int64_t c = 0; c < input.moments.level[0].size(); ++c)
      for (int k = 0; k < kColumns; ++k) {
        float& x = output.cell[0][c * output.cell_stride[0] + k];
        x = squash(x);
      }
    mean_over_children(input, output, kColumns);
  }

 private:
  static constexpr int kColumns = 6;
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
