// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include "tests/plugin/conformance/strict_filter_rules.h"
#include "tests/support/fake_session.h"
#include "treewalk/pcl/semantic_filter.h"

namespace treewalk::test {

/// SemanticFilter over the fake session, keeping what is a metre or more above the lowest point.
template <typename FormOfClouds>
struct SemanticFilterOn {
  using Form = FormOfClouds;
  using Filter = SemanticFilter<typename Form::Point>;
  static constexpr const char* name = "SemanticFilter";
  static Filter make(bool extract_removed) {
    Filter filter(extract_removed);
    filter.setModel(FakeModel::make());
    filter.setClasses({"object", "wall"});
    return filter;
  }
  static std::vector<bool> chosen(const Scene& scene) {
    std::vector<bool> result;
    for (const double height : fake_heights(scene)) result.push_back(height >= 1);
    return result;
  }
  static Scene example(bool holes) { return example_scene(holes); }
};

}  // namespace treewalk::test
