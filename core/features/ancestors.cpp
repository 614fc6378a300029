// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/device/in_out.h"
#include "core/features/ancestors_kernel.h"
#include "core/features/cells.h"
#include "core/features/modules.h"

namespace treewalk {
namespace {

/// "ancestors": height of the cell's mean over the plane of each of its ancestors (smoothed mean and normal of the
/// ancestor at level j, nearest first), h = (mean - mean_j) . normal_j. Per ancestor, with s the cell size:
///   orientation "viewpoint" (3): 0.3 clip(h / s, -6, 6), clip(h / s_j, -2, 2), normal . normal_j - 1
///   orientation "up" (1): sq(h / max(normal_j.z, 0.2)), the height measured along z
class Ancestors : public Feature {
 public:
  int cell_columns(const SceneOptions& options, int level) const override {
    return (options.levels - 1 - level) * (options.orientation == "up" ? 1 : 3);
  }
  void compute(const FeatureInput& input, const Output& output) const override {
    AncestorsRow row{input.orientation.up, {}};
    for (std::size_t l = 0; l + 1 < input.moments.level.size(); ++l)
      row.parent[l] = in(input.scene.hierarchy.parent[l]);
    for_each_cell(input, output, row);
  }
};

}  // namespace

const Feature& ancestors_feature() {
  static const Ancestors module;
  return module;
}

}  // namespace treewalk
