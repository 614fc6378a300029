// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "units.h"

#include <treewalk/las.h>

#include <nlohmann/json.hpp>

namespace program {

namespace {

/// Models that normalise clouds see no units.
bool sees_no_units(const treewalk::ModelInfo& info) {
  const auto recipe = nlohmann::json::parse(info.recipe, nullptr, false);
  return recipe.is_object() && recipe.value("/network/normalise"_json_pointer, std::string("none")) != "none";
}

}  // namespace

std::optional<treewalk::CoordinateSystem> system_at(const fs::path& file) {
  if (!treewalk::is_las(file)) return {};
  const treewalk::LasInfo info = treewalk::las_info(file);
  try {
    return treewalk::coordinate_system_of(info.wkt, info.geo_keys, info.geo_doubles, info.geo_ascii);
  } catch (const treewalk::Error& error) {
    warn(file.string() + ": " + error.what());
    return treewalk::CoordinateSystem();
  }
}

Units::Units(const std::string& scale, const treewalk::ModelInfo& info) : any_unit_(sees_no_units(info)) {
  if (!scale.empty()) by_hand_ = scale_of(scale);
}

std::array<double, 3> Units::scale(const fs::path& file) {
  if (any_unit_) return by_hand_.value_or(std::array<double, 3>{1, 1, 1});
  const auto system = system_at(file);
  const auto to = treewalk::to_metres(system ? &*system : nullptr, by_hand_ ? &*by_hand_ : nullptr, file.string());
  // Of a folder's files the first stands for all of which the same holds.
  if (!to.remark.empty() && told_.insert(to.remark.substr(file.string().size())).second) warn(to.remark);
  return to.factor;
}

}  // namespace program
