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

#include "core/model/strict_json.h"
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
