// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/features/feature.h"

#include <ATen/ops/empty.h>
#include <c10/util/Exception.h>

#include <utility>

#include "core/device/in_out.h"
#include "core/features/modules.h"

namespace treewalk {
namespace {

using Entry = std::pair<const char*, const Feature& (*)()>;
constexpr Entry kModules[] = {
    {"offset", offset_feature},
    {"normal", normal_feature},
    {"up", up_feature},
    {"shape", shape_feature},
    {"density", density_feature},
    {"position", position_feature},
    {"coordinates", coordinates_feature},
    {"size", size_feature},
    {"ancestors", ancestors_feature},
    {"plane", plane_feature},
    {"plane_height", plane_height_feature},
    {"ground", ground_feature},
    {"column", column_feature},
    {"opening", opening_feature},
    {"covariance", covariance_feature},
    {"normal_field", normal_field_feature},
    {"rgb", rgb_feature},
    {"intensity", intensity_feature},
};

}  // namespace

const Feature& feature(const std::string& name) {
  std::string known;
  for (const auto& [module, make] : kModules) {
    if (name == module) return make();
    known += (known.empty() ? "" : ", ") + std::string(module);
  }
  TORCH_CHECK(false, "there is no feature module named '", name, "'; known are ", known);
}

std::vector<std::string> feature_names() {
  std::vector<std::string> names;
  for (const auto& entry : kModules) names.emplace_back(entry.first);
  return names;
}

int cell_columns(const SceneOptions& options, int level) {
  int columns = 0;
  for (const auto& name : options.features) columns += feature(name).cell_columns(options, level);
  return columns;
}

int point_columns(const SceneOptions& options) { return static_cast<int>(point_column_names(options).size()); }

std::vector<std::string> point_column_names(const SceneOptions& options) {
  std::vector<std::string> names;
  for (const auto& name : options.features)
    for (const auto& column : feature(name).point_column_names()) names.push_back(name + "." + column);
  return names;
}

Scene compute_features(Scene scene, const PointSet& points, const SceneOptions& options) {
  const auto matrix = [&](std::int64_t rows, int columns) {
    return at::empty({rows, columns}, scene.position.options());
  };
  for (int l = 0; l < options.levels; ++l)
    scene.cell.push_back(matrix(scene.octree.level[l].size(), cell_columns(options, l)));
  scene.point = matrix(scene.size(), point_columns(options));
  if (scene.size() > 0) {
    Feature::Output output;
    for (at::Tensor& cell : scene.cell) {
      output.cell.push_back(cell.mutable_data_ptr<float>());
      output.cell_stride.push_back(cell.size(1));
    }
    output.point = out(scene.point);
    output.point_stride = scene.point.size(1);
    const FeatureInput input{points, options, scene, scene.moments, scene.orientation};
    for (const auto& name : options.features) {
      const Feature& module = feature(name);
      module.compute(input, output);
      for (int l = 0; l < options.levels; ++l) output.cell[l] += module.cell_columns(options, l);
      output.point += module.point_column_names().size();
    }
  }
  scene.moments = {};
  scene.orientation = {};
  scene.middle = {};
  return scene;
}

}  // namespace treewalk
