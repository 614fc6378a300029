// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <treewalk/io.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace program_test {

namespace fs = std::filesystem;

inline std::string content(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// " --png NAME" where the program was built with pictures (TREEWALK_PNG), otherwise nothing.
inline std::string png(const std::string& name) { return TREEWALK_PICTURES ? " --png " + name : ""; }

struct Outcome {
  int status = -1;
  std::string out, err;
};

/// A folder of its own that disappears with the object, and runs of the program inside it.
class Workplace {
 public:
  Workplace() {
    std::string pattern = (fs::temp_directory_path() / "treewalk-test-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
    fs::create_directory(path_ / "models");
  }
  ~Workplace() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  fs::path operator/(const std::string& name) const { return path_ / name; }

  /// Runs `treewalk ARGUMENTS` in the folder by the shell; models are those in models/.
  Outcome run(const std::string& arguments) const {
    const std::string command = "cd '" + path_.string() + "' && TREEWALK_MODELS='" + (path_ / "models").string() +
                                "' '" TREEWALK_PROGRAM "' " + arguments + " >out.txt 2>err.txt";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, content(path_ / "out.txt"), content(path_ / "err.txt")};
  }

  /// The same, of a command that must succeed.
  Outcome good(const std::string& arguments) const {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.status, 0) << arguments << "\n" << outcome.err;
    return outcome;
  }

  nlohmann::json json(const std::string& name) const { return nlohmann::json::parse(content(path_ / name)); }

 private:
  fs::path path_;
};

/// The rule for failures: the status, and one line on stderr that begins as agreed and contains `part`.
inline void expect_error(const Outcome& outcome, int status, const std::string& part) {
  EXPECT_EQ(outcome.status, status) << outcome.err;
  const std::string begin = "treewalk: error: ";
  EXPECT_EQ(outcome.err.substr(0, begin.size()), begin);
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  EXPECT_NE(outcome.err.find(part), std::string::npos) << outcome.err;
}

/// A table one metre below the sensor with a box on it, as x y z (float64), tag (uint16) and label (uint32; 1 table, 2
/// box). Every 50th point has a NaN in z alone.
inline treewalk::Cloud table_cloud(std::uint64_t seed, std::int64_t width = 60, std::int64_t height = 40) {
  using treewalk::Scalar;
  struct Record {
    double x, y, z;
    std::uint16_t tag;
  };
  std::mt19937_64 random(seed);
  const auto uniform = [&](double low, double high) {
    return low + (high - low) * static_cast<double>(random() >> 11) * 0x1p-53;
  };
  treewalk::Cloud cloud;
  cloud.stride = 26;
  cloud.fields = {{"x", 0, Scalar::float64, 1},
                  {"y", 8, Scalar::float64, 1},
                  {"z", 16, Scalar::float64, 1},
                  {"tag", 24, Scalar::uint16, 1}};
  cloud.width = width;
  cloud.height = height;
  cloud.data.resize(static_cast<std::size_t>(width * height) * cloud.stride);
  const double bx = uniform(0.2, 0.4), by = uniform(0.2, 0.4);
  std::vector<std::uint32_t> label;
  for (std::int64_t i = 0; i < width * height; ++i) {
    const double x = uniform(0, 0.6), y = uniform(0, 0.6);
    const bool box = std::abs(x - bx) < 0.08 && std::abs(y - by) < 0.08;
    Record r{x - 0.3, y - 0.3, 1 - (box ? 0.1 : 0) + uniform(-0.001, 0.001), static_cast<std::uint16_t>(i)};
    if (i % 50 == 49) r.z = std::numeric_limits<double>::quiet_NaN();
    label.push_back(i % 50 == 49 ? 0 : box ? 2 : 1);
    std::byte* at = &cloud.data[static_cast<std::size_t>(i) * cloud.stride];
    std::memcpy(at, &r.x, 8);
    std::memcpy(at + 8, &r.y, 8);
    std::memcpy(at + 16, &r.z, 8);
    std::memcpy(at + 24, &r.tag, 2);
  }
  cloud.set_field("label", label);
  return cloud;
}

/// Moves a point of a cloud with float64 x, y, z.
inline void move_to(treewalk::Cloud& cloud, std::int64_t point, double x, double y, double z) {
  const std::pair<const char*, double> to[] = {{"x", x}, {"y", y}, {"z", z}};
  for (const auto& [name, value] : to)
    std::memcpy(&cloud.data[static_cast<std::size_t>(point * cloud.stride + cloud.view().find(name)->offset)], &value,
                8);
}

/// Table against box with a network that trains in a moment.
inline const char* small_recipe() {
  return R"({
    "task": "segmentation",
    "classes": [{"id": 7, "name": "table", "color": "#b08040", "from": ["1"]},
                {"id": 9, "name": "box", "color": "#3080d0", "from": ["2"]}],
    "ignore": ["0"],
    "features": ["normal", "shape", "offset"],
    "network": {"cell_size": 0.03, "levels": 3, "widths": [8, 8, 8], "head_width": 8, "neighbours": 4},
    "training": {"epochs": 2, "steps_per_epoch": 4, "warmup": 2, "loss_points": 500}})";
}

/// data/{train,test}, recipe.json, and by training on them models/small.treewalk.
inline void train_small_model(const Workplace& place) {
  for (const char* split : {"train", "test"}) {
    fs::create_directories(place / "data" / split);
    for (int i = 0; i < 2; ++i)
      treewalk::write_cloud(place / "data" / split / ("scene" + std::to_string(i) + ".pcd"),
                            table_cloud(static_cast<std::uint64_t>(i) + (split[1] == 'e' ? 10 : 0)));
  }
  std::ofstream(place / "recipe.json") << small_recipe();
  const Outcome outcome = place.run("train recipe.json --data data -o models/small.treewalk --quiet");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
}

}  // namespace program_test
