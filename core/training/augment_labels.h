// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace treewalk {

/// The classes that a change which makes objects names, as labels.
struct ObjectLabels {
  std::vector<bool> ground;
  std::int8_t object;
  bool on_ground(std::int8_t label) const { return label >= 0 && ground[label]; }
};

/// The recipe has been checked: every name is one of the classes.
template <class Set>
ObjectLabels object_labels(const Set& set, const std::vector<std::string>& classes) {
  const auto index = [&](const std::string& name) {
    return std::find(classes.begin(), classes.end(), name) - classes.begin();
  };
  ObjectLabels labels{std::vector<bool>(classes.size(), false), static_cast<std::int8_t>(index(set.object))};
  for (const std::string& name : set.ground) labels.ground[index(name)] = true;
  return labels;
}

}  // namespace treewalk
