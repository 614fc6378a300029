// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <ATen/ops/copy.h>
#include <ATen/ops/select.h>
#include <ATen/ops/sub.h>

#include <array>
#include <memory>
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
constexpr double kCell = 1;  // the windows and thresholds below belong to 1 m cells

// Names, radii and slopes of the columns, in their order.
constexpr std::array<double, kGroundOpenings> kChosenOpenings = {2, 4, 8, 14, 23};
struct SurfaceChoice {
  const char* name;
  double radius;  // windows up to this one are used
  int slope;      // index into kSlopes
};
constexpr std::array<double, 4> kSlopes = {0.1, 0.2, 0.4, 0.3};
constexpr std::array<SurfaceChoice, kGroundSurfaces> kSurfaces = {{{"11_0.1", 11, 0},
                                                                   {"11_0.2", 11, 1},
                                                                   {"11_0.4", 11, 2},
                                                                   {"29_0.1", 29, 0},
                                                                   {"29_0.2", 29, 1},
                                                                   {"29_0.4", 29, 2},
                                                                   {"29_0.3", 29, 3}}};
constexpr int kTrend = 5;  // the surface that is taken off for the second pass
constexpr double kSecondSlope = 0.15;
constexpr std::int64_t kTrendRadius = 7;
const std::vector<double> kDetrendedRadii = {2, 4, 8, 14, 23};
// Everything that a point is compared with.
struct Surfaces : Overview {
  std::array<Raster, kGroundOpenings> opening;
  std::array<Raster, 4> excess;                    // over all windows, by kSlopes
  std::array<Raster, kGroundDetrended> detrended;  // openings of radius 4, 8, 23 of the lowest points without the trend
  at::Tensor between;                              // as GroundPoints has them
};

std::shared_ptr<const Surfaces> make_surfaces(const at::Tensor& position, const std::array<double, 3>& zero) {
  const LowSurface surface = low_surface(position, kCell, kSweeps, zero);
  const Raster& low = surface.low;
  const auto made = std::make_shared<Surfaces>();
  Surfaces& s = *made;
  std::array<Raster, 4> narrow;  // excess over the windows up to 11
  for (Raster& excess : s.excess) excess = low.like(-Raster::kEmpty);
  std::size_t next = 0;
  opening_chain(low, kChainRadii, [&](double asked, double radius, const Raster& before, const Raster& after) {
    for (std::size_t i = 0; i < kSlopes.size(); ++i) raise_excess(s.excess[i], before, after, kSlopes[i], radius);
    if (asked == 11) narrow = s.excess;
    if (next < kChosenOpenings.size() && asked == kChosenOpenings[next]) s.opening[next++] = after;
  });
  std::vector<Raster> between(GroundPoints::kTrend);
  const auto rebuild = [&](std::int64_t i) {
    const auto& excess = (kSurfaces[i].radius == 11 ? narrow : s.excess)[kSurfaces[i].slope];
    between[i] = ground_without(low, surface.valid, excess, kSweeps);
    between[GroundPoints::kSlope + i] = slope_of(between[i]);
  };
  if (position.is_cpu()) {
    parallel_pieces(kSurfaces.size(), 1, [&](std::int64_t i, std::int64_t, std::int64_t) { rebuild(i); });
  } else {
    for (std::size_t i = 0; i < kSurfaces.size(); ++i) rebuild(static_cast<std::int64_t>(i));
  }

  narrow = {};
  between.push_back(box_mean(box_mean(between[kTrend], kTrendRadius), kTrendRadius));
  const Raster flat = low.with(low.value.sub(between.back().value));
  s.between = side_by_side(between, GroundPoints::kBetween);
  between.clear();
  Raster excess = low.like(-Raster::kEmpty);
  opening_chain(flat, kDetrendedRadii, [&](double asked, double radius, const Raster& before, const Raster& after) {
    raise_excess(excess, before, after, kSecondSlope, radius);
    if (asked == 4) s.detrended[0] = after;
    if (asked == 8) s.detrended[1] = after;
    if (asked == 23) s.detrended[2] = after;
  });
  s.between.select(1, GroundPoints::kSecond).copy_(ground_without(flat, surface.valid, excess, kSweeps).value);
  return made;
}

template <std::size_t n>
void point_to(const std::array<Raster, n>& rasters, const float** heights, std::size_t count = n) {
  for (std::size_t i = 0; i < count; ++i) heights[i] = rasters[i].heights();
}

/// "ground" (30, for points and cells): where a point stands relative to the ground as openings of the raster of lowest
/// points (1 m, coarser where lowest_points must) find it. For points, in the order of the columns:
///   opening_R (5): sq(clip(z - opening, -5, 50)) after the opening of radius R of the progressive chain
///   height_M_S (7): sq(clip(h, -10, 50)), h over the ground rebuilt from windows up to M and terrain slope S
///   relative_M_S (7): 0.7 asinh(clip(h / (0.3 + 1.25 slope), -4, 30) - 1): 0 where the surface filter changes its mind
///   slope_M_S (4): of that ground, at most 2
///   excess_S (3): sq of the largest cut of an opening beyond what slope S allows, in the point's raster cell
///   detrended_R (3): as opening_R after the ground 29_0.4, smoothed twice over 15 m, was taken off
///   detrended_height (1): over the ground rebuilt in that second pass with slope 0.15
/// Leaf cells hold the mean over their points, coarser cells the mean over theirs.
/// "fine_ground" (35): the same, and then 0.5 asinh(clip(h, -10, 50) / 0.05 m), h the height over opening_2 (bilinear)
/// and over the grounds 11_0.1, 11_0.4, 29_0.1 and 29_0.4: what is low counts there.
class Ground : public Feature {
 public:
  explicit Ground(bool fine) : fine_(fine) {}
  /// The closing of outliers, the chain of openings and that without the trend, the trend's means, and three fillings.
  double reach() const override {
    double openings = 2 * 2;
    for (const double radius : kChainRadii) openings += 2 * radius;
    for (const double radius : kDetrendedRadii) openings += 2 * radius;
    return openings + 2 * kTrendRadius + 3 * kHolesReach + 2;  // and between the centres of cells
  }
  int cell_columns(const SceneOptions&, int) const override { return columns(); }
  std::vector<std::string> point_column_names() const override {
    std::vector<std::string> names;
    for (const char* radius : {"2", "4", "8", "14", "23"}) names.push_back(std::string("opening_") + radius);
    for (const auto& surface : kSurfaces) names.push_back(std::string("height_") + surface.name);
    for (const auto& surface : kSurfaces) names.push_back(std::string("relative_") + surface.name);
    for (int k = 0; k < kGroundSlopes; ++k) names.push_back(std::string("slope_") + kSurfaces[slope_column(k)].name);
    for (const char* slope : {"0.1", "0.2", "0.4"}) names.push_back(std::string("excess_") + slope);
    for (const char* radius : {"4", "8", "23"}) names.push_back(std::string("detrended_") + radius);
    names.push_back("detrended_height");
    if (!fine_) return names;
    names.push_back("fine_2");
    for (int k = 0; k < kFineSurfaces; ++k) names.push_back(std::string("fine_") + kSurfaces[fine_surface(k)].name);
    return names;
  }
  void compute_points(const FeatureInput& input, const Output& output) const override {
    heights(input, output);
    mean_over_points(input, output, {output.point, output.point_stride, columns(), 64});
  }
  void compute(const FeatureInput& input, const Output& output) const override {
    mean_over_children(input, output, columns());
  }
  bool sees_parts() const override { return true; }
  std::shared_ptr<const Overview> overview(const at::Tensor& position,
                                           const std::array<double, 3>& zero) const override {
    return make_surfaces(position, zero);
  }

 private:
  int columns() const { return kGroundColumns + (fine_ ? kFineColumns : 0); }
  void heights(const FeatureInput& input, const Output& output) const {
    const auto& s = static_cast<const Surfaces&>(*input.overview);
    GroundPoints points{};
    points.frame = s.opening[0];
    points.between = in(s.between);
    point_to(s.opening, points.opening);
    point_to(s.excess, points.excess, kGroundExcesses);
    point_to(s.detrended, points.detrended);
    points.position = in(input.scene.position);
    points.columns = output.point;
    points.stride = output.point_stride;
    points.fine = fine_;
    parallel_for(input.device(), input.scene.size(), points);
  }

  bool fine_;
};

}  // namespace

const Feature& ground_feature() {
  static const Ground module(false);
  return module;
}

const Feature& fine_ground_feature() {
  static const Ground module(true);
  return module;
}

}  // namespace treewalk
