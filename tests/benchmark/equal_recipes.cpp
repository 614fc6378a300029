// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "tests/benchmark/equal_recipes.h"

#include <vector>

namespace treewalk {

Recipe recipe_of_size(const std::string& task, Size size, int levels, int batch) {
  const bool segmentation = task == "segmentation";
  std::string classes;
  for (int c = 0; c < (segmentation ? 50 : 40); ++c) {
    const auto number = std::to_string(c);
    classes += (c > 0 ? ", " : "") + ("{\"id\": " + number + ", \"name\": \"class" + number + "\"}");
  }
  const std::string text = "{\"task\": \"" + task + "\", \"classes\": [" + classes + R"(], "unknown_id": 255,
    "features": ["coordinates", "offset", "normal", "shape", "density", "covariance"],
    "network": {"normalise": "box", "branching": 3, "orientation": "outward", "head_width": 32, "point_stage": 64},
    "training": {"label_smoothing": 0.2, "auxiliary": 0}})";
  std::vector<std::string> choices{"network.neighbours=" + std::string(segmentation ? "16" : "8"),
                                   "training.batch=" + std::to_string(batch)};
  const auto choose = [&](const std::vector<std::string>& more) {
    choices.insert(choices.end(), more.begin(), more.end());
  };
  if (segmentation) choose({"network.point_width=512"});
  const bool equal = size == Size::equal;
  std::string widths = "network.widths=[";
  for (int level = 0; level < levels; ++level) {
    const int below_root = levels - 1 - level;
    widths += (level > 0 ? ", " : "") + std::to_string(equal && below_root < 3 ? 1024 >> below_root : 128);
  }
  choose({widths + "]"});
  if (equal)  // two blocks on the way up and two on the way down
    choose({"network.order=up-down", "network.blocks=2", R"(network.relations=["siblings", "children", "parent"])"});
  else
    choose(
        {"network.order=together", "network.blocks=4", R"(network.relations=["siblings", "children", "ancestors"])"});
  return parse_recipe(text, choices);
}

}  // namespace treewalk
