// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "core/recipe/recipe.h"
#include "core/recipe/strict_json.h"
#include "tests/support/error_of.h"

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
  return error_of([&] { parse_recipe(json); });
}

/// A model of parts: two kinds of objects.
inline Json parts() {
  Json json = good();
  json["classes"] = parse_json(R"([{"id": 1, "name": "wing", "category": "plane"},
                                   {"id": 2, "name": "seat", "category": "chair"},
                                   {"id": 3, "name": "tail", "category": "plane"}])",
                               "classes");
  auto& network = json["network"];
  network.erase("cell_size");
  network["normalise"] = "sphere";
  network["order"] = "together";
  network["widths"] = {16, 16, 16, 16, 16};
  return json;
}

inline std::string parts_complaint(const std::function<void(Json&)>& change) {
  return complaint([&](Json& json) {
    json = parts();
    change(json);
  });
}

inline void expect_says(const std::string& message, const std::vector<std::string>& parts) {
  for (const std::string& part : parts)
    EXPECT_NE(message.find(part), std::string::npos) << "in: " << message << "\nmissing: " << part;
}

}  // namespace treewalk::test
