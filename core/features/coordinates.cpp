// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <string>

#include "core/features/cells.h"
#include "core/features/modules.h"
#include "core/geometry/bounds.h"

namespace treewalk {
namespace {

/// "coordinates" (3, for points and cells): (p - middle of the cloud's box) / half its longest side, so within [-1,1];
/// of a cell the mean of its points. 0 where all points are equal.
class Coordinates : public Feature {
 public:
  int cell_columns(const SceneOptions&, int) const override { return 3; }
  std::vector<std::string> point_column_names() const override { return {"x", "y", "z"}; }
  void compute(const FeatureInput& input, const Output& output) const override {
    const auto size = input.scene.size();
    const float* position = input.scene.position.const_data_ptr<float>();
    const Bounds box = parallel_bounds(position, size);
    const double longest = box.longest_side(), middle[3] = {box.middle(0), box.middle(1), box.middle(2)};
    const double factor = longest > 0 ? 2 / longest : 0;
    parallel_pieces(size, 1 << 14, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i)
        for (int a = 0; a < 3; ++a)
          output.point[i * output.point_stride + a] = static_cast<float>((position[3 * i + a] - middle[a]) * factor);
    });
    for_each_cell(input, output, [&](int l, std::int64_t c, float* to) {
      const Vector3& mean = input.moments.level[l].raw[c].mean;
      for (int a = 0; a < 3; ++a) to[a] = static_cast<float>((mean[a] - middle[a]) * factor);
    });
  }
};

}  // namespace

const Feature& coordinates_feature() {
  static const Coordinates module;
  return module;
}

}  // namespace treewalk
