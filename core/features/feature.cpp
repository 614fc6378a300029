// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/features/feature.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <utility>

#include "core/device/in_out.h"
#include "core/features/modules.h"

namespace treewalk {
namespace {

struct Module {
  const char* name;
  const Feature& (*make)();
  const char* columns;   ///< of a cell, with commas; "*": those of a point
  const char* repeated;  ///< "" or what the columns stand there once for
  const char* unit;
  const char* sentence;
};

constexpr Module kModules[] = {
    {"offset", offset_feature, "x,y,z", "", "cell sizes", "from the centre of the cell to the mean of its points"},
    {"normal", normal_feature, "x,y,z", "", "unit vector",
     "normal of the surface through the cell and its neighbours, pointing as \"orientation\" says"},
    {"up", up_feature, "z", "", "-1 to 1", "z of that normal alone, for data that may be turned about the vertical"},
    {"shape", shape_feature, "thickness,width,roundness", "", "cell sizes, then ratios",
     "how far the points of the cell and its neighbours spread across the surface and along it"},
    {"density", density_feature, "points", "", "0.3 log(points)",
     "points in the cell; of normalised clouds per thousand of the cloud's, and with normals to the viewpoint made "
     "comparable over the range"},
    {"position", position_feature, "x,y,z", "", "0.4 m", "from the mean of all points to that of the cell's"},
    {"coordinates", coordinates_feature, "*", "", "half the longest side of the cloud's box",
     "place in the cloud's box, from its middle"},
    {"size", size_feature, "size", "", "log of the cloud's own unit",
     "longest side of the cloud's box, the same for every cell; normalised clouds tell it as before"},
    {"ancestors", ancestors_feature, "cells,ancestor_cells,turn", "ancestor",
     "0.3 h / cell size, h / ancestor's cell size, cosine - 1",
     "height over the plane of each cell above, and how its normal differs; with \"orientation\" up only the height "
     "along z, squashed metres"},
    {"plane", plane_feature, "cells,metres,noise,turn", "",
     "0.3 h / leaf size, h / 0.1 m, 0.3 h / (0.01 r^2) at r metres, cosine",
     "height over the dominant plane of the cloud in three units, and how the normal differs from its"},
    {"plane_height", plane_height_feature, "", "", "0.3 h / leaf size, 0.3 h / (0.01 r^2) at r metres",
     "height of each point over that plane in two units"},
    {"ground", ground_feature, "*", "", "squashed metres; slopes as they are",
     "height over openings of the lowest points and over rebuilt grounds, by window in metres and slope; for points "
     "where z is up"},
    {"fine_ground", fine_ground_feature, "*", "", "squashed metres; asinh(h / 0.05 m) / 2; slopes as they are",
     "the columns of \"ground\", then heights over one opening and four grounds in units of centimetres, for what is "
     "low"},
    {"wide_ground", wide_ground_feature, "*", "", "squashed metres",
     "height over openings and rebuilt grounds with windows up to 121 m, wider than the roofs of halls"},
    {"column", column_feature, "height", "level", "squashed metres",
     "height over the lowest point of the vertical columns of cells of every level"},
    {"opening", opening_feature, "3,5,9,17,33,65", "", "squashed metres",
     "height over grey openings of the lowest points, by window in metres"},
    {"covariance", covariance_feature, "*", "", "shares of the trace; half its log",
     "covariance of the 8 and of the 24 nearest points; suits normalised clouds"},
    {"normal_field", normal_field_feature, "x,y,z", "", "unit vector",
     "normals that the cloud brings; 0 where it has none"},
    {"rgb", rgb_feature, "red,green,blue", "", "-1 to 1", "colours that the cloud brings; 0 where it has none"},
    {"intensity", intensity_feature, "intensity", "", "mean of the cloud's",
     "intensities that the cloud brings, at most 8 times their mean; 0 where it has none"},
    {"brightness", brightness_feature, "*", "", "log2(1 + intensity) / 4 - 2; a share",
     "intensities that the cloud brings as they are, and how many points have one; 0 where there is none"},
    {"returns", returns_feature, "*", "", "shares; returns of the pulse - 1, at most 4, over 2",
     "points that are the first, one between or the last of several returns of a pulse, how many it has, and how many "
     "points tell so; 0 where the cloud does not"},
};

std::vector<std::string> parts_of(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

/// work(module, input, output) for each of the options', whose columns stand one after the other in the scene's rows.
template <class Work>
void for_each_module(Scene& scene, const PointSet& points, const SceneOptions& options, const WholeCloud& whole,
                     const Work& work) {
  Feature::Output output;
  for (at::Tensor& cell : scene.cell) {
    output.cell.push_back(cell.mutable_data_ptr<float>());
    output.cell_stride.push_back(cell.size(1));
  }
  output.point = out(scene.point);
  output.point_stride = scene.point.size(1);
  FeatureInput input{points, options, scene, scene.moments, scene.orientation};
  for (std::size_t i = 0; i < options.features.size(); ++i) {
    const Feature& module = feature(options.features[i]);
    const bool part = i < whole.overview.size();
    const auto own = part || scene.size() == 0 ? nullptr : module.overview(scene.position, scene.zero);
    input.overview = part ? whole.overview[i].get() : own.get();
    work(module, input, output);
    for (std::size_t l = 0; l < scene.cell.size(); ++l)
      output.cell[l] += module.cell_columns(options, static_cast<int>(l));
    output.point += module.point_column_names().size();
  }
}

}  // namespace

const Feature& feature(const std::string& name) {
  std::string known;
  for (const Module& module : kModules) {
    if (name == module.name) return module.make();
    known += (known.empty() ? "" : ", ") + std::string(module.name);
  }
  TORCH_CHECK(false, "there is no feature module named '", name, "'; known are ", known);
}

const std::vector<FeatureInfo>& feature_table() {
  static const std::vector<FeatureInfo> table = [] {
    std::vector<FeatureInfo> all;
    for (const Module& module : kModules) {
      const auto points = module.make().point_column_names();
      const bool same = std::string(module.columns) == "*";
      all.push_back({module.name, module.sentence, module.unit, same ? points : parts_of(module.columns),
                     module.repeated, points});
    }
    return all;
  }();
  return table;
}

std::vector<std::string> feature_names() {
  std::vector<std::string> names;
  for (const Module& module : kModules) names.emplace_back(module.name);
  return names;
}

std::vector<std::string> fields_of_features(const SceneOptions& options) {
  std::vector<std::string> fields;
  const auto reads = [&](const char* module) {
    return std::find(options.features.begin(), options.features.end(), module) != options.features.end();
  };
  if (reads("normal_field")) fields.emplace_back("normal");
  if (reads("rgb")) fields.emplace_back("rgb");
  if (reads("intensity") || reads("brightness")) fields.emplace_back("intensity");
  if (reads("returns")) fields.emplace_back("returns");
  return fields;
}

int cell_columns(const SceneOptions& options, int level) {
  const auto given = static_cast<int>(options.columns.size());
  int columns = level < given ? options.columns[level] : 0;
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

std::vector<std::shared_ptr<const Overview>> overviews(const at::Tensor& position, const std::array<double, 3>& zero,
                                                       const SceneOptions& options) {
  std::vector<std::shared_ptr<const Overview>> all;
  for (const auto& name : options.features) all.push_back(feature(name).overview(position, zero));
  return all;
}

Scene compute_features(Scene scene, const PointSet& points, const SceneOptions& options, const WholeCloud& whole) {
  const auto matrix = [&](std::int64_t rows, int columns) {
    return at::empty({rows, columns}, scene.position.options());
  };
  for (int l = 0; l < options.levels; ++l)
    scene.cell.push_back(matrix(scene.octree.level[l].size(), cell_columns(options, l)));
  scene.point = matrix(scene.size(), point_columns(options));
  if (whole.rows.defined()) scene.cell[scene.first_level].copy_(whole.rows);
  if (scene.octree.level.back().size() > 0)
    for_each_module(scene, points, options, whole, [](const Feature& module, const auto& input, const auto& output) {
      if (input.scene.size() > 0) module.compute_points(input, output);
      module.compute(input, output);
    });
  scene.moments = {};
  scene.orientation = {};
  scene.middle = {};
  return scene;
}

Scene compute_point_features(Scene scene, const PointSet& points, const SceneOptions& options, const WholeCloud& whole,
                             bool cells) {
  const auto kind = scene.position.options();
  if (cells) scene.cell = {at::zeros({scene.octree.level[0].size(), cell_columns(options, 0)}, kind)};
  scene.point = at::empty({scene.size(), point_columns(options)}, kind);
  if (scene.size() > 0)
    for_each_module(scene, points, options, whole, [](const Feature& module, const auto& input, const auto& output) {
      module.compute_points(input, output);
    });
  return scene;
}

}  // namespace treewalk
