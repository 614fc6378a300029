// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <unistd.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "core/recipe/strict_json.h"
#include "treewalk/cloud.h"

namespace treewalk::test {

/// A folder of its own that disappears with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    auto pattern = (std::filesystem::temp_directory_path() / "treewalk-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// A cloud with float32 x, y, z and uint32 label.
inline Cloud labelled_cloud(const std::vector<float>& xyz, const std::vector<std::uint32_t>& label) {
  Cloud cloud;
  cloud.stride = 12;
  cloud.fields = {{"x", 0, Scalar::float32, 1}, {"y", 4, Scalar::float32, 1}, {"z", 8, Scalar::float32, 1}};
  cloud.width = static_cast<std::int64_t>(label.size());
  cloud.data.resize(xyz.size() * sizeof(float));
  if (!xyz.empty()) std::memcpy(cloud.data.data(), xyz.data(), cloud.data.size());
  cloud.set_field("label", label);
  return cloud;
}

/// A noisy table one metre below the sensor with a few boxes on it: label 1 the table, 2 the boxes.
inline Cloud small_table(std::uint64_t seed, int points = 4000) {
  std::mt19937_64 random(seed);
  const auto uniform = [&](double low, double high) { return low + (high - low) * (random() >> 11) * 0x1p-53; };
  struct Box {
    double x, y, half, height;
  };
  std::vector<Box> boxes;
  for (int b = 0; b < 4; ++b)
    boxes.push_back({uniform(0.1, 0.7), uniform(0.1, 0.7), uniform(0.03, 0.08), uniform(0.05, 0.12)});
  std::vector<float> xyz;
  std::vector<std::uint32_t> label;
  for (int i = 0; i < points; ++i) {
    const double x = uniform(0, 0.8), y = uniform(0, 0.8);
    double height = 0;
    for (const auto& box : boxes)
      if (std::abs(x - box.x) < box.half && std::abs(y - box.y) < box.half) height = box.height;
    label.push_back(height > 0 ? 2 : 1);
    xyz.insert(xyz.end(), {float(x - 0.4), float(y - 0.4), float(1 - height + uniform(-0.002, 0.002))});
  }
  return labelled_cloud(xyz, label);
}

/// A rolling field of 200 m with houses and bushes.
inline Cloud small_terrain(int points) {
  std::mt19937_64 random(2);
  const auto uniform = [&](double low, double high) { return low + (high - low) * (random() >> 11) * 0x1p-53; };
  std::vector<float> xyz;
  for (int i = 0; i < points; ++i) {
    const double x = uniform(0, 200), y = uniform(0, 200), bush = uniform(0, 1), height = uniform(0, 6);
    const bool house = std::fmod(x, 50) < 15 && std::fmod(y, 60) < 20;
    const double z = 5 * std::sin(x / 40) + 3 * std::cos(y / 30) + (house ? 7 : bush < 0.15 ? height : 0);
    xyz.insert(xyz.end(), {float(x), float(y), float(z + uniform(-0.05, 0.05))});
  }
  return labelled_cloud(xyz, std::vector<std::uint32_t>(points, 0));
}

/// Table against boxes with a network that trains in seconds.
inline Json small_recipe() {
  return Json::parse(R"({
    "task": "segmentation",
    "classes": [{"id": 7, "name": "table", "from": ["1"]}, {"id": 9, "name": "box", "from": ["2"]}],
    "ignore": ["0"],
    "features": ["normal", "shape", "offset", "plane", "plane_height"],
    "network": {"cell_size": 0.02, "levels": 3, "widths": [8, 16, 16], "head_width": 8, "neighbours": 6},
    "training": {"epochs": 2, "steps_per_epoch": 5, "warmup": 5, "loss_points": 1000,
                 "augment": {"roll": 3, "mirror": 0.5, "jitter": 0.001, "dropout": [0.5, 1]}}})");
}

/// Sphere against box, whole clouds.
inline Json small_classification_recipe() {
  auto recipe = small_recipe();
  recipe["task"] = "classification";
  recipe["classes"] = Json::parse(R"([{"id": 1, "name": "box"}, {"id": 2, "name": "sphere"}])");
  recipe.erase("ignore");
  recipe["features"] = {"shape", "offset", "size", "position"};
  recipe["network"]["cell_size"] = 0.25;
  recipe["network"]["order"] = "together";
  recipe["network"]["widths"] = {16, 16, 16};
  recipe["network"]["blocks"] = 2;
  recipe["training"]["augment"] = Json::object({{"turn", 3.14}});
  recipe["training"]["batch"] = 4;
  return recipe;
}

inline Cloud small_shape(bool sphere, std::uint64_t seed, int points = 500) {
  std::mt19937_64 random(seed);
  const auto uniform = [&] { return 2 * double(random() >> 11) * 0x1p-53 - 1; };
  std::vector<float> xyz;
  for (int i = 0; i < points; ++i) {
    double p[3] = {uniform(), uniform(), uniform()};
    double scale = std::max({std::abs(p[0]), std::abs(p[1]), std::abs(p[2])});
    if (sphere) scale = std::sqrt(p[0] * p[0] + p[1] * p[1] + p[2] * p[2]);
    for (const double x : p) xyz.push_back(float(x / scale));
  }
  return labelled_cloud(xyz, std::vector<std::uint32_t>(points, 0));
}

/// Whole objects of two kinds with two parts each: a cone on a box, and a ball on a stick.
inline Json small_parts_recipe() {
  return Json::parse(R"({
    "task": "segmentation",
    "classes": [{"id": 3, "name": "cone", "category": "house", "from": ["1"]},
                {"id": 4, "name": "box", "category": "house", "from": ["2"]},
                {"id": 5, "name": "ball", "category": "lolly", "from": ["3"]},
                {"id": 6, "name": "stick", "category": "lolly", "from": ["4"]}],
    "ignore": ["0"],
    "features": ["coordinates", "normal", "shape", "offset"],
    "network": {"normalise": "sphere", "points": 300, "levels": 4, "widths": [16, 16, 16, 16], "head_width": 8,
                "neighbours": 5, "order": "together", "blocks": 2, "tower_blocks": 1, "orientation": "outward",
                "relations": ["siblings", "children", "ancestors"], "point_stage": 8, "point_attention": true},
    "training": {"epochs": 2, "batch": 4, "steps_per_epoch": 5, "warmup": 5, "loss_points": 800, "auxiliary": 0,
                 "dropout": 0.05, "head_dropout": 0.05, "augment": {"turn": 3.14, "jitter": 0.01},
                 "augment_before": {"stretch": [0.9, 1.1]}}})");
}

/// One of these objects, 0.5 m to 2 m tall, somewhere; every 20th point is unlabelled.
inline Cloud small_object(bool lolly, std::uint64_t seed, int points = 400) {
  std::mt19937_64 random(seed);
  const auto uniform = [&](double low, double high) { return low + (high - low) * (random() >> 11) * 0x1p-53; };
  const double size = uniform(0.5, 2), x0 = uniform(-1, 1), y0 = uniform(-1, 1), z0 = uniform(-1, 1);
  std::vector<float> xyz;
  std::vector<std::uint32_t> label;
  for (int i = 0; i < points; ++i) {
    const double turn = uniform(0, 2 * M_PI);
    double x, y, z;
    const bool upper = i % 2 == 0;
    if (lolly) {
      const double up = uniform(-1, 1), across = 0.3 * std::sqrt(1 - up * up);
      x = upper ? across * std::cos(turn) : 0.04 * std::cos(turn);
      y = upper ? across * std::sin(turn) : 0.04 * std::sin(turn);
      z = upper ? 0.7 + 0.3 * up : uniform(-0.6, 0.4);
    } else {
      const double up = uniform(0, 1), side = uniform(-0.5, 0.5);
      x = upper ? 0.6 * (1 - up) * std::cos(turn) : i % 4 == 1 ? side : turn < M_PI ? 0.5 : -0.5;
      y = upper ? 0.6 * (1 - up) * std::sin(turn) : i % 4 == 1 ? (turn < M_PI ? 0.5 : -0.5) : side;
      z = upper ? 0.2 + 0.6 * up : uniform(-0.5, 0.2);
    }
    xyz.insert(xyz.end(), {float(x0 + size * x), float(y0 + size * y), float(z0 + size * z)});
    label.push_back(i % 20 == 19 ? 0 : (lolly ? 3 : 1) + (upper ? 0 : 1));
  }
  return labelled_cloud(xyz, label);
}

/// Files for list_data: their content does not matter to a reader that makes clouds from names.
inline void touch(const std::filesystem::path& file) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << "made by the test\n";
}

inline std::string content(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace treewalk::test
