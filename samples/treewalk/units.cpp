// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "units.h"

#include <treewalk/las.h>

#include <cstring>
#include <nlohmann/json.hpp>

namespace program {

namespace {

/// Models that normalise clouds see no units.
bool sees_no_units(const std::string& text) {
  const auto recipe = nlohmann::json::parse(text, nullptr, false);
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

Units::Units(const std::string& scale, const treewalk::ModelInfo& info) : Units(scale, info.recipe) {}

Units::Units(const std::string& scale, const std::string& recipe) : any_unit_(sees_no_units(recipe)) {
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

void scale_points(treewalk::Cloud& cloud, const std::array<double, 3>& factor) {
  if (factor == std::array<double, 3>{1, 1, 1}) return;
  const char* const names[] = {"x", "y", "z"};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const treewalk::CloudView view = cloud.view();
    const treewalk::Field& field = view.at(names[axis]);
    for (std::int64_t i = 0; i < view.size; ++i) {
      std::byte* const at = cloud.data.data() + static_cast<std::size_t>(i) * cloud.stride + field.offset;
      const double value = view.value(i, field) * factor[axis];
      const auto narrow = static_cast<float>(value);
      if (field.type == treewalk::Scalar::float64)
        std::memcpy(at, &value, sizeof value);
      else
        std::memcpy(at, &narrow, sizeof narrow);
    }
    cloud.viewpoint[axis] *= factor[axis];
  }
}

}  // namespace program
