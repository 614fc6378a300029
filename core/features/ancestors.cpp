// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
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
    const int levels = static_cast<int>(input.moments.level.size());
    std::vector<const std::int32_t*> parent(levels, nullptr);
    for (int l = 0; l + 1 < levels; ++l) parent[l] = input.scene.octree.level[l].parent.const_data_ptr<std::int32_t>();
    for_each_cell(input, output, [&](int l, std::int64_t c, float* to) {
      const LevelMoments& own = input.moments.level[l];
      const Vector3& mean = own.raw[c].mean;
      std::int64_t ancestor = c;
      for (int j = l + 1; j < levels; ++j) {
        ancestor = parent[j - 1][ancestor];
        const LevelMoments& level = input.moments.level[j];
        const Vector3& base = level.smooth_mean[ancestor];
        const Vector3& normal = level.normal[ancestor];
        const double h = dot({mean[0] - base[0], mean[1] - base[1], mean[2] - base[2]}, normal);
        if (input.orientation.up) {
          *to++ = squash(h / std::max(normal[2], 0.2));
        } else {
          *to++ = static_cast<float>(0.3 * std::clamp(h / own.cell_size, -6.0, 6.0));
          *to++ = static_cast<float>(std::clamp(h / level.cell_size, -2.0, 2.0));
          *to++ = static_cast<float>(dot(own.normal[c], normal) - 1);
        }
      }
    });
  }
};

}  // namespace

const Feature& ancestors_feature() {
  static const Ancestors module;
  return module;
}

}  // namespace treewalk
