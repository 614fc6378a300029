// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "core/recipe/recipe.h"

namespace treewalk::test {

/// A recipe that is accepted.
inline const char* const kGood = R"({
  "task": "segmentation",
  "classes": [ {"id": 1, "name": "table",  "color": "#b08040", "from": ["1-9"]},
               {"id": 2, "name": "object", "color": "#3080d0", "from": ["20-65535"]} ],
  "ignore": ["0"], "unknown_id": 255,
  "fields": {"required": [], "optional": ["normal", "rgb", "intensity"]},
  "features": ["offset"],
  "network": {"hierarchy": "octree", "attention": "family", "cell_size": 0.01, "levels": 5,
              "widths": [16, 32, 64, 96, 96], "head_width": 16, "neighbours": 8},
  "training": {"epochs": 30, "seed": 0, "learning_rate": 0.003,
               "augment": {} } })";

inline Json good() { return parse_json(kGood, "recipe"); }

/// The message of the error that the recipe gives after `change`; empty when it is accepted.
inline std::string complaint(const std::function<void(Json&)>& change) {
  Json json = good();
  change(json);
  try {
    parse_recipe(json);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

inline void expect_says(const std::string& message, const std::vector<std::string>& parts) {
  for (const std::string& part : parts)
    EXPECT_NE(message.find(part), std::string::npos) << "in: " << message << "\nmissing: " << part;
}

}  // namespace treewalk::test
