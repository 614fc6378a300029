// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <algorithm>
#include <array>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "core/device/in_out.h"
#include "core/features/cells.h"
#include "core/features/ground_kernel.h"
#include "core/features/modules.h"
#include "core/raster/ground_surface.h"

namespace treewalk {
namespace {

constexpr int kSweeps = 4;
constexpr double kCell = 2;  // windows this wide need no finer raster, and this one has a quarter of the cells
const std::vector<double> kRadii = {2, 4, 8, 14, 24, 34, 46, 60};
constexpr std::array<double, 2> kOpened = {34, 60};
constexpr std::array<double, 3> kSlopes = {0.05, 0.1, 0.2};
constexpr int kColumns = HeightsOver::kCount;
static_assert(kColumns == kOpened.size() + kSlopes.size());

struct Surfaces : Overview {
  Raster low;          // whose frame they have
  at::Tensor heights;  // in the order of the columns
};

/// "wide_ground" (5, for points and cells): heights over what no roof of a hall is wide enough to hide, from a chain of
/// grey openings as that of "ground" over a raster of 2 m, with windows up to 121 m. For points, sq(clip(h, -10, 50)):
///   opening_R (2): over the opening of radius R of the chain
///   height_S (3): over the ground rebuilt from all windows and terrain slope S
/// Leaf cells hold the mean over their points, coarser cells the mean over theirs.
class WideGround : public Feature {
 public:
  /// The closing of outliers, the chain of openings and three fillings.
  double reach() const override {
    const double openings = std::accumulate(kRadii.begin(), kRadii.end(), 0.0);
    return 2 * openings + (2 * 2 + 3 * kHolesReach + 2) * kCell;  // and between the centres of cells
  }
  int cell_columns(const SceneOptions&, int) const override { return kColumns; }
  std::vector<std::string> point_column_names() const override {
    return {"opening_34", "opening_60", "height_0.05", "height_0.1", "height_0.2"};
  }
  bool sees_parts() const override { return true; }
  std::shared_ptr<const Overview> overview(const at::Tensor& position,
                                           const std::array<double, 3>& zero) const override {
    const LowSurface surface = low_surface(position, kCell, kSweeps, zero);
    std::vector<Raster> heights;  // in the order of the columns
    std::array<Raster, kSlopes.size()> excess;
    excess.fill(surface.low.like(-Raster::kEmpty));
    opening_chain(surface.low, kRadii, [&](double asked, double radius, const Raster& before, const Raster& after) {
      for (std::size_t i = 0; i < kSlopes.size(); ++i) raise_excess(excess[i], before, after, kSlopes[i], radius);
      if (std::find(kOpened.begin(), kOpened.end(), asked) != kOpened.end()) heights.push_back(after);
    });
    for (const Raster& raised : excess) heights.push_back(ground_without(surface.low, surface.valid, raised, kSweeps));
    const auto made = std::make_shared<Surfaces>();
    made->heights = side_by_side(heights, HeightsOver::kStride);
    made->low = surface.low;
    return made;
  }
  void compute_points(const FeatureInput& input, const Output& output) const override {
    const auto& made = static_cast<const Surfaces&>(*input.overview);
    const HeightsOver points{made.low, in(made.heights), in(input.scene.position),
                             0.5,      output.point,     output.point_stride};
    parallel_for(input.device(), input.scene.size(), points);
    mean_over_points(input, output, {output.point, output.point_stride, kColumns, 64});
  }
  void compute(const FeatureInput& input, const Output& output) const override {
    mean_over_children(input, output, kColumns);
  }
};

}  // namespace

const Feature& wide_ground_feature() {
  static const WideGround module;
  return module;
}

}  // namespace treewalk
