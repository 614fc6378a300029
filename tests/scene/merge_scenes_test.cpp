// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// What networks make of merged scenes is told in network_test.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <vector>

#include "core/scene/scene.h"
#include "tests/support/input_scene.h"
#include "tests/support/support.h"

namespace treewalk {
namespace {

using test::same_tensor;

SceneOptions options_of(const std::string& siblings) {
  SceneOptions options;
  options.cell_size = 0.06;
  options.levels = 4;
  options.siblings = siblings;
  options.features = {"offset", "normal", "covariance"};
  return options;
}

std::vector<Scene> some_scenes(const SceneOptions& options) {
  std::vector<Scene> scenes;
  for (const int size : {700, 1, 0, 300}) {
    PointSet points;
    points.position = test::surface_points(size, size + 1);
    points.viewpoint = {0, 0, 3};
    scenes.push_back(test::input_scene(points, options, {{0.1 * size / 100, 0.5, 0.25}}));
  }
  return scenes;
}

std::vector<int> row(const Csr& csr, std::int64_t r) {
  const auto* first = csr.offset.const_data_ptr<int>();
  const auto* column = csr.column.const_data_ptr<int>();
  return {column + first[r], column + first[r + 1]};
}

/// The rows of a scene stand in the merged rows from `first` on, with columns raised by `raise`.
void expect_rows(const Csr& part, const Csr& whole, std::int64_t first, int raise) {
  for (std::int64_t r = 0; r < part.rows(); ++r) {
    auto expected = row(part, r);
    for (int& column : expected) column += raise;
    EXPECT_EQ(row(whole, first + r), expected);
  }
}

TEST(MergeScenes, RowsOfEveryCloudAreItsOwnShifted) {
  for (const char* siblings : {"nearest", "tree"}) {
    const auto scenes = some_scenes(options_of(siblings));
    const Scene merged = merge_scenes(scenes);
    const auto& h = merged.hierarchy;
    ASSERT_EQ(merged.clouds(), 4);
    ASSERT_EQ(merged.size(), 1001);
    ASSERT_EQ(h.levels(), 4);
    std::vector<std::int64_t> first_cell(4, 0);
    std::int64_t first_point = 0;
    for (int b = 0; b < 4; ++b) {
      const Scene& scene = scenes[b];
      const auto& own = scene.hierarchy;
      EXPECT_EQ(merged.cloud_point[b].item<int>(), first_point);
      const auto points = [&](const at::Tensor& all) { return all.narrow(0, first_point, scene.size()); };
      EXPECT_TRUE(same_tensor(points(merged.position), scene.position));
      EXPECT_TRUE(same_tensor(points(merged.offset), scene.offset));
      EXPECT_TRUE(same_tensor(points(merged.point), scene.point));
      EXPECT_TRUE(same_tensor(points(merged.octree.order), scene.octree.order + static_cast<int>(first_point)));
      for (int l = 0; l < 4; ++l) {
        const auto cells = own.size(l);
        EXPECT_EQ(merged.cloud_cell[l][b].item<int>(), first_cell[l]);
        EXPECT_TRUE(same_tensor(merged.cell[l].narrow(0, first_cell[l], cells), scene.cell[l]));
        EXPECT_TRUE(
            same_tensor(h.node.narrow(0, h.first[l] + first_cell[l], cells), own.node.narrow(0, own.first[l], cells)));
        EXPECT_TRUE(same_tensor(merged.octree.level[l].point.narrow(0, first_cell[l], cells + 1),
                                scene.octree.level[l].point + static_cast<int>(first_point)));
        expect_rows(own.siblings[l], h.siblings[l], first_cell[l], static_cast<int>(first_cell[l]));
        if (l > 0) expect_rows(own.children[l], h.children[l], first_cell[l], static_cast<int>(first_cell[l - 1]));
        if (l < 3) {
          EXPECT_TRUE(same_tensor(h.parent[l].narrow(0, first_cell[l], cells),
                                  own.parent[l] + static_cast<int>(first_cell[l + 1])));
        }
      }
      for (int l = 0; l < 4; ++l) first_cell[l] += own.size(l);
      first_point += scene.size();
    }
    for (int l = 0; l < 4; ++l) {
      EXPECT_EQ(h.size(l), first_cell[l]);
      EXPECT_EQ(merged.cloud_cell[l][4].item<int>(), first_cell[l]);
      h.siblings[l].check();
      EXPECT_EQ(h.siblings[l].columns, first_cell[l]);
      if (l == 0) continue;
      h.children[l].check();
      EXPECT_EQ(h.children[l].columns, first_cell[l - 1]);
    }
    EXPECT_EQ(merged.cloud_point[4].item<int>(), 1001);
  }
}

TEST(MergeScenes, OfOneIsThatOne) {
  const auto scene = some_scenes(options_of("nearest"))[0];
  const Scene merged = merge_scenes({scene});
  EXPECT_TRUE(same_tensor(merged.hierarchy.node, scene.hierarchy.node));
  EXPECT_EQ(merged.clouds(), 1);
}

TEST(MergeScenes, RefusesScenesThatDoNotGoTogether) {
  auto options = options_of("nearest");
  auto scenes = some_scenes(options);
  options.levels = 3;
  scenes.push_back(some_scenes(options)[0]);
  EXPECT_THROW(merge_scenes(scenes), c10::Error);
  EXPECT_THROW(merge_scenes({}), c10::Error);
}

}  // namespace
}  // namespace treewalk
