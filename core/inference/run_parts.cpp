// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/inference/run_parts.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "core/features/feature.h"
#include "core/scene/cloud_parts.h"

namespace treewalk {
namespace {

/// The parts in which the model sees the cloud, and a warning where it does not see all points, whose positions are
/// turned into the model's units.
CloudParts visible_parts(FinitePoints& finite, const Run& run, const std::string& fate,
                         std::vector<std::string>& warnings) {
  const auto place = std::exchange(finite.position, scaled(finite.position, run.options.scale));
  const auto reach = reach_of(run.model.recipe.scene, run.model.info.reach);
  auto parts = parts_of(finite.position, reach);
  if (parts.stray.empty()) return parts;
  char gap[32];
  std::snprintf(gap, sizeof gap, "%.6g", reach.gap / run.options.scale[0]);
  warnings.push_back(count_and_place(place, parts.stray) + " are more than " + gap +
                     " away from the rest of the cloud; " + fate);
  return parts;
}

std::string warning_of_features(const Model& model) {
  if (model.info.features == kFeatureVersion || model.recipe.scene.normalise != "none") return {};
  return "the model was trained with features as they were before version " + std::to_string(kFeatureVersion) +
         " (of the labels of terrain 1.3 % changed then); train it again, or expect some other labels";
}

/// A model knows clouds of the size and density that it was trained on; other units are often why one has others.
std::string warning_of_units(const Run& run) {
  constexpr double kOtherSpacing = 3, kOtherExtent = 100, kSmallExtent = 10;
  const auto [spacing, extent] = run.size;
  const auto &usual = run.model.spacing, &large = run.model.extent;
  const bool small = extent < large.lower;
  const auto sentence = [](const char* what, double found, const MeasureRange& known) {
    char text[200];
    std::snprintf(text, sizeof text, "%s %.3g where the model was trained on %.3g to %.3g", what, found, known.lower,
                  known.upper);
    return std::string(text) + "; if it is in other units, setScale (--scale) multiplies its coordinates";
  };
  if (usual.factor(spacing) > kOtherSpacing)
    return sentence("the distance between neighbouring points of the cloud is about", spacing, usual);
  if (large.factor(extent) > (small ? kSmallExtent : kOtherExtent))
    return sentence("the cloud's longest side is", extent, large);
  return {};
}

}  // namespace

PointSet read_points(const CloudView& cloud, const FinitePoints& finite, const Run& run, bool fields,
                     std::vector<std::string>& warnings) {
  const auto& info = run.model.info;
  const auto& options = run.model.recipe.scene;
  std::vector<std::string> missing;
  const PositionOptions how{run.options.scale, options.normalise == "none" ? point_step(options.cell_size) : 0};
  if (!fields) return make_point_set(cloud, finite, {}, {}, &missing, how);
  auto points = make_point_set(cloud, finite, info.required_fields, info.optional_fields, &missing, how);
  for (const auto& name : missing) {
    const auto warning = "the cloud has no field \"" + name + "\"; the model's default stands in for it";
    if (std::find(warnings.begin(), warnings.end(), warning) == warnings.end()) warnings.push_back(warning);
  }
  return points;
}

bool for_each_part(Run& run, const CloudView& cloud, bool fields, const std::string& fate,
                   std::vector<std::string>& warnings, const std::function<void(RunPart)>& work) {
  run.watch.start("points");
  auto finite = finite_points(cloud);
  auto parts = visible_parts(finite, run, fate, warnings);
  const auto count = static_cast<double>(parts.part.size());
  const bool any = !finite.kept.empty();
  for (auto& part : parts.part) {
    const auto done = static_cast<double>(&part - parts.part.data());
    if (done > 0) run.watch.start("points");
    auto some = parts.whole() ? std::move(finite) : some_of(finite, part.point);
    auto points = read_points(cloud, some, run, fields, warnings);
    some.position.reset();  // 24 bytes a point that nobody needs meanwhile
    if (!any) break;
    run.from = done / count, run.until = (done + 1) / count;
    work({std::move(points), std::move(some.kept), std::move(part.own), part.group});
  }
  return any;
}

void add_warnings_of_model(const Run& run, std::vector<std::string>& warnings) {
  for (const auto& warning : {warning_of_features(run.model), warning_of_units(run)})
    if (!warning.empty()) warnings.push_back(warning);
}

}  // namespace treewalk
