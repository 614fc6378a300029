// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "tests/support/small_networks.h"
#include "treewalk/session.h"

namespace treewalk::test {

inline const float kNan = std::numeric_limits<float>::quiet_NaN();

/// A model for scenes.
inline std::shared_ptr<const Model> segmenter() {
  static const auto model = fresh_model(small_recipe());
  return model;
}

inline Segmentation segment(const Cloud& cloud, RunOptions options = {}) {
  return Session(segmenter(), std::move(options)).segment(cloud.view());
}

inline std::vector<float> coordinates(const Cloud& cloud) {
  std::vector<float> xyz;
  for (std::int64_t i = 0; i < cloud.size(); ++i)
    for (const char* name : {"x", "y", "z"})
      xyz.push_back(static_cast<float>(cloud.view().value(i, *cloud.view().find(name))));
  return xyz;
}

inline Cloud from_coordinates(const std::vector<float>& xyz) {
  return labelled_cloud(xyz, std::vector<std::uint32_t>(xyz.size() / 3, 0));
}

/// To the bit.
inline void expect_equal(const Segmentation& a, const Segmentation& b) {
  EXPECT_EQ(a.label, b.label);
  EXPECT_EQ(a.confidence, b.confidence);
}

}  // namespace treewalk::test
