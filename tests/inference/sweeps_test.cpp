// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// A cloud in tiles has the labels of the cloud as a whole: to the bit.
#include "core/inference/sweeps.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "core/geometry/finite_points.h"
#include "core/network/reach.h"
#include "tests/support/small_sessions.h"

namespace treewalk {
namespace {

using Strings = std::vector<std::string>;

/// A strip of rolling ground with boxes on it, with colours and normals.
Cloud strip(int points, double length) {
  std::mt19937_64 random(11);
  const auto uniform = [&](double low, double high) { return low + (high - low) * (random() >> 11) * 0x1p-53; };
  Cloud cloud;
  const Strings names{"x", "y", "z", "normal_x",  "normal_y",      "normal_z",
                      "r", "g", "b", "intensity", "return_number", "number_of_returns"};
  cloud.stride = static_cast<std::uint32_t>(4 * names.size());
  for (std::uint32_t i = 0; i < names.size(); ++i) cloud.fields.push_back({names[i], 4 * i, Scalar::float32, 1});
  cloud.width = points;
  cloud.data.resize(static_cast<std::size_t>(points) * cloud.stride);
  for (int p = 0; p < points; ++p) {
    const double x = uniform(-length / 2, length / 2), y = uniform(0, 15);
    const bool box = std::fmod(std::abs(x), 17) < 5 && std::fmod(y, 13) > 6;
    const auto z = std::sin(x / 9) + 0.5 * std::cos(y / 5) + (box ? 4 : 0) + uniform(-0.02, 0.02);
    const float count = 1 + p % 4, number = 1 + p % 3;  // some number is beyond the count: nothing is known of it
    const std::vector<float> row{float(x),
                                 float(y),
                                 float(z),
                                 0,
                                 float(uniform(-0.2, 0.2)),
                                 0.9f,
                                 float(uniform(0, 1)),
                                 float(box),
                                 0.3f,
                                 float(uniform(0, 60000)),
                                 number,
                                 count};
    std::memcpy(cloud.data.data() + static_cast<std::size_t>(p) * cloud.stride, row.data(), cloud.stride);
  }
  return cloud;
}

struct Case {
  const char* name;
  Strings features;
  int levels, level;
  Json network;  ///< what differs
};
void PrintTo(const Case& one, std::ostream* to) { *to << one.name; }

std::shared_ptr<const Model> model_of(const Case& one) {
  auto recipe = test::small_recipe();
  recipe["features"] = one.features;
  auto& network = recipe["network"];
  network["cell_size"] = 0.7;
  network["levels"] = one.levels;
  network["widths"] = std::vector<int>(one.levels, 16);
  network["orientation"] = "up";
  if (!one.network.is_null()) network.update(one.network);
  return test::fresh_model(recipe);
}

const Strings kMoments{"up", "normal", "shape", "offset", "density", "ancestors"};

/// Whether the tiles of a cloud give all probabilities of the whole. No tile sees more than that share of the cells,
/// and tiles have these shares of the margins that they need.
bool agree(const Case& one, double share, double upward_share = 1, double downward_share = 1) {
  const auto model = model_of(one);
  const auto cloud = strip(12000, 300);
  RunOptions options;
  options.probabilities = true;
  const auto expected = Session(model, options).segment(cloud.view());
  EXPECT_EQ(expected.tiles, 1);
  EXPECT_EQ(what_sees_whole_clouds(model->recipe), "");

  const auto& scene = model->recipe.scene;
  const auto points =
      scene_points(make_point_set(cloud.view(), finite_points(cloud.view()), model->info.required_fields,
                                  model->info.optional_fields, nullptr, {{1, 1, 1}, point_step(scene.cell_size)}),
                   scene);
  Tiling tiling;
  tiling.octree = build_octree(points.points.position, scene_grid(points.box, scene, points.placement), scene.levels);
  tiling.level = one.level;
  const auto& cells = tiling.octree->level[one.level];
  const double side = scene.cell_size * std::pow(scene.branching, one.level);
  const auto reach = tile_margins(model->recipe, model->network, one.level);
  const auto in_cells = [&](double distance) { return std::int64_t(std::ceil(distance / side)); };
  tiling.tile = make_tiles({cells, scene.branching, std::vector<float>(cells.size(), 1.0f)},
                           {in_cells(upward_share * reach.upward), in_cells(downward_share * reach.downward)},
                           share * double(cells.size()));
  EXPECT_GE(tiling.tile.size(), share < 1 ? 3u : 1u);
  Run run{*model, model->weights, options, c10::kCPU};
  const c10::InferenceMode inference;
  const auto found = label_in_tiles(run, points, tiling);
  return std::equal(expected.probability.begin(), expected.probability.end(), found.probability());
}

class SweepsOver : public testing::TestWithParam<Case> {};

TEST_P(SweepsOver, TilesGiveTheProbabilitiesOfTheWholeCloud) {
  EXPECT_TRUE(agree(GetParam(), 1));
  EXPECT_TRUE(agree(GetParam(), 0.45));
}

TEST(Sweeps, AreNotForClusters) {
  const auto model = model_of({"clusters", kMoments, 4, 1, {{"hierarchy", "position"}}});
  EXPECT_EQ(what_sees_whole_clouds(model->recipe), "its clusters are found over all of it");
  EXPECT_EQ(model->info.hierarchy,
            "clusters by position on levels 1 to 2, 2 rounds around the octree's cells; cells above");
  const auto cloud = strip(12000, 300);
  RunOptions options;
  options.memory_mb = 1;
  try {
    Session(model, options).segment(cloud.view());
    FAIL() << "took it";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("in tiles: its clusters are found over all of it"), std::string::npos)
        << error.what();
  }
}

TEST(Sweeps, WithoutAMarginDoNot) {
  EXPECT_FALSE(agree({"upward", kMoments, 4, 1, {}}, 0.45, 0, 1));
  EXPECT_FALSE(agree({"downward", kMoments, 4, 1, {}}, 0.45, 1, 0));
}

INSTANTIATE_TEST_SUITE_P(Networks, SweepsOver,
                         testing::Values(Case{"moments", kMoments, 4, 1, {}}, Case{"finest", kMoments, 4, 0, {}},
                                         Case{"coarsest", kMoments, 3, 2, {}},
                                         Case{"rasters", {"up", "ground", "opening", "density"}, 4, 2, {}},
                                         Case{"rasters_finest", {"up", "ground", "opening", "density"}, 3, 0, {}},
                                         Case{"grounds", {"fine_ground", "wide_ground", "shape"}, 4, 2, {}},
                                         Case{"fields_finest", {"rgb", "shape", "normal_field"}, 3, 0, {}},
                                         Case{"fields", {"rgb", "shape", "normal_field"}, 4, 1, {}},
                                         Case{"returns_finest", {"returns", "brightness", "up"}, 3, 0, {}},
                                         Case{"returns", {"returns", "brightness", "up"}, 4, 2, {}},
                                         Case{"clusters", kMoments, 4, 1, {{"blocks_on", "clusters"}}},
                                         Case{"clusters_finest", kMoments, 4, 0, {{"blocks_on", "clusters"}}},
                                         Case{"clusters_coarsest", kMoments, 3, 2, {{"blocks_on", "clusters"}}},
                                         Case{"viewpoint", kMoments, 3, 1, {{"orientation", "viewpoint"}}},
                                         Case{"tree", kMoments, 4, 1, {{"siblings", "tree"}}},
                                         Case{"three", kMoments, 3, 1, {{"branching", 3}}},
                                         Case{"separate", kMoments, 3, 1, {{"softmax", "separate"}, {"blocks", 2}}},
                                         Case{"narrow", kMoments, 3, 1, {{"widths", {8, 16, 16}}}},
                                         Case{"embedding", kMoments, 3, 1, {{"point_stage", 8}}}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace treewalk
