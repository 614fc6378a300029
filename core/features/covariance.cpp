// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <algorithm>
#include <cmath>
#include <string>

#include "core/features/cells.h"
#include "core/features/modules.h"
#include "core/geometry/knn.h"

namespace treewalk {
namespace {

// Covariance of a point and its first `count` neighbours (fewer where -1), about the point to keep precision.
Symmetric3 covariance_of(const float* position, std::int64_t point, const std::int32_t* neighbour, int count) {
  const float* centre = position + 3 * point;
  Vector3 sum{0, 0, 0};
  Symmetric3 square{0, 0, 0, 0, 0, 0};
  double n = 1;  // the point itself, at 0
  for (int k = 0; k < count && neighbour[k] >= 0; ++k, n += 1) {
    const float* p = position + 3 * static_cast<std::int64_t>(neighbour[k]);
    const double x = static_cast<double>(p[0]) - centre[0];
    const double y = static_cast<double>(p[1]) - centre[1];
    const double z = static_cast<double>(p[2]) - centre[2];
    sum[0] += x, sum[1] += y, sum[2] += z;
    square[0] += x * x, square[1] += x * y, square[2] += x * z;
    square[3] += y * y, square[4] += y * z, square[5] += z * z;
  }
  const Vector3 mean{sum[0] / n, sum[1] / n, sum[2] / n};
  return {square[0] / n - mean[0] * mean[0], square[1] / n - mean[0] * mean[1], square[2] / n - mean[0] * mean[2],
          square[3] / n - mean[1] * mean[1], square[4] / n - mean[1] * mean[2], square[5] / n - mean[2] * mean[2]};
}

/// "covariance" (14, for points and cells): the covariance C of the 8 and of the 24 points nearest to a point, itself
/// included: xx, yy, zz, 2xy, 2xz, 2yz of C / trace (0 where the trace is 0), then 0.5 log(trace + 1e-9) + 2.5, kept
/// within +-8, which suits clouds scaled to the unit sphere. Cells hold the mean over their points.
class Covariance : public Feature {
 public:
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
    const float* position = input.scene.position.const_data_ptr<float>();
    const int width = static_cast<int>(std::min<std::int64_t>(23, size - 1));
    at::Tensor nearest;
    if (width > 0) nearest = knn(input.scene.position, width).index;
    const std::int32_t* neighbour = width > 0 ? nearest.const_data_ptr<std::int32_t>() : nullptr;
    parallel_pieces(size, 1024, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        float* to = output.point + i * output.point_stride;
        for (const int count : {7, 23})
          to = write(covariance_of(position, i, neighbour + i * width, std::min(count, width)), to);
      }
    });
    mean_over_points(input, output, {output.point, output.point_stride, kColumns, 16});
    mean_over_children(input, output, kColumns);
  }

 private:
  static constexpr int kColumns = 14;

  static float* write(const Symmetric3& c, float* to) {
    const double trace = std::max(c[0] + c[3] + c[5], 0.0), f = trace > 0 ? 1 / trace : 0;
    for (const double x : {c[0] * f, c[3] * f, c[5] * f, 2 * c[1] * f, 2 * c[2] * f, 2 * c[4] * f})
      *to++ = static_cast<float>(std::clamp(x, -1.0, 1.0));
    *to++ = static_cast<float>(std::clamp(0.5 * std::log(trace + 1e-9) + 2.5, -8.0, 8.0));
    return to;
  }
};

}  // namespace

const Feature& covariance_feature() {
  static const Covariance module;
  return module;
}

}  // namespace treewalk
