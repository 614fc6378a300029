// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/features/feature.h"

#include <c10/util/Exception.h>

#include <utility>

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

}  // namespace treewalk
