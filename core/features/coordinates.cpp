// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <string>

#include "core/device/in_out.h"
#include "core/features/box_kernel.h"
#include "core/features/cells.h"
#include "core/features/modules.h"
#include "core/geometry/bounds.h"

namespace treewalk {
namespace {

/// "coordinates" (3, for points and cells): (p - middle of the cloud's box) / half its longest side, so within [-1,1];
/// of a cell the mean of its points. 0 where all points are equal.
class Coordinates : public Feature {
 public:
  double reach() const override { return kWholeCloud; }
  int cell_columns(const SceneOptions&, int) const override { return 3; }
  std::vector<std::string> point_column_names() const override { return {"x", "y", "z"}; }
  void compute(const FeatureInput& input, const Output& output) const override {
    const at::Tensor box = corners_of_points(input.scene.position);
    const DeviceRecords<UnitBox> unit(box);
    parallel_for(input.device(), 1, MakeUnitBox{in(box), unit.get()});
    parallel_for(input.device(), input.scene.size(),
                 PlacePoints{in(input.scene.position), unit.get(), output.point, output.point_stride});
    for_each_cell(input, output, PlaceRow{unit.get()});
  }
};

}  // namespace

const Feature& coordinates_feature() {
  static const Coordinates module;
  return module;
}

}  // namespace treewalk
