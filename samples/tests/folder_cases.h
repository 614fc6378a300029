// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <treewalk/las.h>

#include <cmath>
#include <map>
#include <memory>
#include <utility>

#include "run_program.h"

/// A scan that is larger than what a label depends on, as one file and cut into tiles.
namespace program_test {

using treewalk::Cloud;
using treewalk::CloudView;

constexpr double kSide = 6;

/// Numbers of a field.
inline std::vector<double> values(const Cloud& cloud, const std::string& field) {
  const CloudView view = cloud.view();
  std::vector<double> result;
  for (std::int64_t i = 0; i < view.size; ++i) result.push_back(view.value(i, view.at(field)));
  return result;
}

/// Tables with boxes, 6 m by 6 m, with noise, withheld points and points of another class; `tag` counts the points.
inline Cloud wide_scan(std::int64_t points = 40000) {
  Cloud cloud = table_cloud(3, points / 100, 100);
  cloud.remove_field("label");
  const CloudView view = cloud.view();
  std::vector<std::uint32_t> code(static_cast<std::size_t>(points), 1), flags(static_cast<std::size_t>(points));
  for (std::int64_t i = 0; i < points; ++i) {
    const double x = kSide / 0.6 * view.value(i, view.at("x")), y = kSide / 0.6 * view.value(i, view.at("y"));
    const bool box = std::fmod(x + 9, 0.7) < 0.2 && std::fmod(y + 9, 0.9) < 0.2;
    move_to(cloud, i, 500 + x, -200 + y, (box ? 0.9 : 1) + 0.001 * static_cast<double>(i % 3));
    if (i % 40 == 3) code[static_cast<std::size_t>(i)] = 7;
    if (i % 40 == 5) code[static_cast<std::size_t>(i)] = 6;
    if (i % 40 == 7) flags[static_cast<std::size_t>(i)] = 4;  // withheld
    if (i % 40 == 3) move_to(cloud, i, 500 + x, -200 + y, 50);
  }
  cloud.set_field("classification", code);
  cloud.set_field("classification_flags", flags);
  return cloud;
}

/// For each point, which of n by n tiles it lies in. The point 17 lies in the wrong one, as strays do.
inline std::vector<int> tiles_of(const Cloud& cloud, int n) {
  const auto x = values(cloud, "x"), y = values(cloud, "y");
  std::vector<int> tile;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto of = [&](double value) { return std::clamp(static_cast<int>(value / kSide * n), 0, n - 1); };
    tile.push_back(of(x[i] - 497) * n + of(y[i] + 203));
  }
  tile[17] = n * n - 1 - tile[17];
  return tile;
}

/// Cuts a LAS file into n by n of the same bytes, called so that their order is not that of their places.
inline void cut(const fs::path& whole, const fs::path& folder, int n) {
  fs::create_directories(folder / "deep");
  const auto tile = tiles_of(treewalk::read_cloud(whole), n);
  for (int t = 0; t < n * n; ++t) {
    std::vector<char> written;
    for (const int one : tile) written.push_back(one == t);
    treewalk::LasChanges changes;
    changes.written = &written;
    const std::string name = std::to_string((t * 7) % (n * n)) + ".las";
    treewalk::write_changed_las(whole, folder / (t % 3 == 1 ? "deep" : "") / name, changes);
  }
}

/// Of all points in the LAS files of a folder, by their tag: class and confidence.
inline std::map<int, std::pair<double, double>> labels_in(const fs::path& file_or_folder) {
  std::map<int, std::pair<double, double>> labels;
  const auto add = [&](const fs::path& file) {
    const Cloud cloud = treewalk::read_cloud(file);
    const auto tag = values(cloud, "tag"), confidence = values(cloud, "confidence"),
               label = values(cloud, cloud.view().find("label") ? "label" : "classification");
    for (std::size_t i = 0; i < tag.size(); ++i)
      EXPECT_TRUE(labels.emplace(static_cast<int>(tag[i]), std::pair(label[i], confidence[i])).second);
  };
  if (!fs::is_directory(file_or_folder)) {
    add(file_or_folder);
    return labels;
  }
  for (const auto& entry : fs::recursive_directory_iterator(file_or_folder))
    if (treewalk::is_cloud_file(entry.path())) add(entry.path());
  return labels;
}

/// The files of a folder by their paths in it.
inline std::map<std::string, std::string> contents(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files[entry.path().lexically_relative(folder).string()] = content(entry.path());
  return files;
}

/// models/small.treewalk, whose reach is about a metre, and scan.las, from which tests cut tiles.
class FolderPlace {
 public:
  FolderPlace() {
    for (int i = 0; i < 2; ++i) {
      fs::create_directories(place_ / "data/train");
      treewalk::write_cloud(place_ / "data/train" / ("scene" + std::to_string(i) + ".pcd"), table_cloud(10 + i));
    }
    std::string recipe = small_recipe();
    const auto replace = [&](const std::string& from, const std::string& to) {
      recipe.replace(recipe.find(from), from.size(), to);
    };
    replace("\"id\": 7", "\"id\": 2");
    replace("\"id\": 9", "\"id\": 40");
    replace("\"levels\": 3, \"widths\": [8, 8, 8]", "\"levels\": 2, \"widths\": [8, 8], \"orientation\": \"up\"");
    std::ofstream(place_ / "recipe.json") << recipe;
    const Outcome trained = place_.run("train recipe.json --data data -o models/small.treewalk --quiet");
    EXPECT_EQ(trained.status, 0) << trained.err;
    treewalk::write_cloud(place_ / "scan.las", wide_scan());
  }
  const Workplace& place() const { return place_; }

 private:
  Workplace place_;
};

/// Tests that share one such place, which is made before the first of them.
class FolderSuite : public testing::Test {
 protected:
  static void TearDownTestSuite() { made_.reset(); }
  static const Workplace& place() { return made_->place(); }

  inline static std::unique_ptr<FolderPlace> made_;
};

}  // namespace program_test
