// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <algorithm>
#include <string>

#include "core/device/in_out.h"
#include "core/features/cells.h"
#include "core/features/covariance_kernel.h"
#include "core/features/modules.h"
#include "core/geometry/knn.h"

namespace treewalk {
namespace {

/// "covariance" (14, for points and cells): the covariance C of the 8 and of the 24 points nearest to a point, itself
/// included: xx, yy, zz, 2xy, 2xz, 2yz of C / trace (0 where the trace is 0), then 0.5 log(trace + 1e-9) + 2.5, kept
/// within +-8, which suits clouds scaled to the unit sphere. Cells hold the mean over their points.
class Covariance : public Feature {
 public:
  double reach() const override { return kWholeCloud; }
  int cell_columns(const SceneOptions&, int) const override { return kColumns; }
  std::vector<std::string> point_column_names() const override {
    std::vector<std::string> names;
    for (const char* k : {"8", "24"})
      for (const char* name : {"xx", "yy", "zz", "xy", "xz", "yz", "size"})
        names.push_back(std::string(name) + "_" + k);
    return names;
  }
  void compute(const FeatureInput& input, const Output& output) const override {
    const std::int64_t size = input.scene.size();
    const float* position = in(input.scene.position);
    const int width = static_cast<int>(std::min<std::int64_t>(23, size - 1));
    at::Tensor nearest;
    if (width > 0) nearest = knn(input.scene.position, width).index;
    const std::int32_t* neighbour = width > 0 ? nearest.const_data_ptr<std::int32_t>() : nullptr;
    parallel_for(input.device(), size, CovariancePoints{position, neighbour, width, output.point, output.point_stride});
    mean_over_points(input, output, {output.point, output.point_stride, kColumns, 16});
    mean_over_children(input, output, kColumns);
  }

 private:
  static constexpr int kColumns = 14;
};

}  // namespace

const Feature& covariance_feature() {
  static const Covariance module;
  return module;
}

}  // namespace treewalk
