// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/features/dominant_plane.h"

#include <algorithm>

#include "core/device/in_out.h"
#include "core/features/cells.h"
#include "core/features/modules.h"

namespace treewalk {
namespace {

constexpr std::int64_t kHypotheses = 96, kProbes = 1500;

/// "plane" (4): with h the height of the cell's mean over the dominant plane, s0 the leaf size and r the range,
/// 0.3 clip(h / s0, -6, 6), clip(h / 0.1 m, -2, 2), 0.3 clip(h / (0.01 r^2), -6, 6), normal . normal of the plane.
class Plane : public Feature {
 public:
  double reach() const override { return kWholeCloud; }
  int cell_columns(const SceneOptions&, int) const override { return 4; }
  void compute(const FeatureInput& input, const Output& output) const override {
    const double leaf = input.moments.level[0].cell_size;
    const DeviceRecords<DominantPlane> plane = dominant_plane(input.moments.level[0], input.orientation);
    for_each_cell(input, output, PlaneRow{plane.get(), leaf, input.orientation});
  }
};

/// "plane_height", for points (2): 0.3 clip(h / s0, -6, 6), 0.3 clip(h / (0.01 r^2), -6, 6), as in "plane".
class PlaneHeight : public Feature {
 public:
  double reach() const override { return kWholeCloud; }
  int cell_columns(const SceneOptions&, int) const override { return 0; }
  std::vector<std::string> point_column_names() const override { return {"cells", "noise"}; }
  void compute(const FeatureInput& input, const Output& output) const override {
    const double leaf = input.moments.level[0].cell_size;
    const DeviceRecords<DominantPlane> plane = dominant_plane(input.moments.level[0], input.orientation);
    parallel_for(
        input.device(), input.scene.size(),
        PlanePoints{in(input.scene.position), plane.get(), leaf, input.orientation, output.point, output.point_stride});
  }
};

}  // namespace

DeviceRecords<DominantPlane> dominant_plane(const LevelMoments& level, const Orientation& orientation) {
  const auto device = level.raw.device();
  const LevelArrays leaves = level.arrays();
  const std::int64_t hypotheses = std::min(leaves.size, kHypotheses), probes = std::min(leaves.size, kProbes);
  const DeviceRecords<Vector3> probe(level.raw, probes);
  const DeviceRecords<std::int64_t> score(level.raw, hypotheses);
  const DeviceRecords<DominantPlane> best(level.raw);
  const ScorePlanes planes{leaves, probe.get(), hypotheses, probes, score.get()};
  parallel_for(device, probes, TakeProbes{leaves, probes, probe.get()});
  parallel_for(device, hypotheses, planes);
  parallel_for(device, 1, ChoosePlane{planes, best.get()});

  const std::int64_t pieces = (leaves.size + NearPlane::kPiece - 1) / NearPlane::kPiece;
  const DeviceRecords<Moments> part(level.raw, pieces);
  for (const double share : {1.0, 0.7, 0.5, 0.5}) {
    parallel_for(device, pieces, NearPlane{leaves, best.get(), share * level.cell_size, part.get()});
    parallel_for(device, 1, RefitPlane{part.get(), pieces, orientation, best.get()});
  }
  return best;
}

const Feature& plane_feature() {
  static const Plane module;
  return module;
}

const Feature& plane_height_feature() {
  static const PlaneHeight module;
  return module;
}

}  // namespace treewalk
