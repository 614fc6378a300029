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
#include <utility>
#include <vector>

#include "core/features/feature.h"
#include "core/geometry/finite_points.h"
#include "core/geometry/hierarchy.h"
#include "core/network/reach.h"
#include "tests/support/small_sessions.h"
#include "treewalk/memory.h"

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
  const auto model = test::fresh_model(recipe);
  // Clusters are to depend on features, and not on places alone.
  const auto& all = model->network.parameters().all();
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].name.find("assign.strength") != std::string::npos) model->weights[i].narrow(0, 0, 1).fill_(4);
  return model;
}

const Strings kMoments{"up", "normal", "shape", "offset", "density", "ancestors"};

/// A cloud for a model, in tiles none of which sees more than that share of the cells. Tiles have these shares of the
/// margins that they need.
struct InTiles {
  ScenePoints points;
  Tiling tiling;
};
InTiles in_tiles(const Model& model, const Cloud& cloud, int level, double share, double upward_share = 1,
                 double downward_share = 1) {
  EXPECT_EQ(what_sees_whole_clouds(model.recipe), "");
  const auto& scene = model.recipe.scene;
  InTiles result;
  result.points =
      scene_points(make_point_set(cloud.view(), finite_points(cloud.view()), model.info.required_fields,
                                  model.info.optional_fields, nullptr, {{1, 1, 1}, point_step(scene.cell_size)}),
                   scene);
  auto& tiling = result.tiling;
  tiling.octree = build_octree(result.points.points.position,
                               scene_grid(result.points.box, scene, result.points.placement), scene.levels);
  tiling.level = level;
  const auto& cells = tiling.octree->level[level];
  const double side = scene.cell_size * std::pow(scene.branching, level);
  const auto reach = tile_margins(model.recipe, model.network, level);
  const auto in_cells = [&](double distance) { return std::int64_t(std::ceil(distance / side)); };
  tiling.tile = make_tiles({cells, scene.branching, std::vector<float>(cells.size(), 1.0f)},
                           {in_cells(upward_share * reach.upward), in_cells(downward_share * reach.downward)},
                           share * double(cells.size()));
  EXPECT_GE(tiling.tile.size(), share < 1 ? 3u : 1u);
  return result;
}

/// Whether the tiles of a cloud give all probabilities of the whole.
bool agree(const Case& one, double share, double upward_share = 1, double downward_share = 1) {
  const auto model = model_of(one);
  const auto cloud = strip(12000, 300);
  RunOptions options;
  options.probabilities = true;
  const auto expected = Session(model, options).segment(cloud.view());
  EXPECT_EQ(expected.tiles, 1);
  const auto tiles = in_tiles(*model, cloud, one.level, share, upward_share, downward_share);
  Run run{*model, model->weights, options, c10::kCPU};
  const c10::InferenceMode inference;
  const auto found = label_in_tiles(run, tiles.points, tiles.tiling);
  return std::equal(expected.probability.begin(), expected.probability.end(), found.probability());
}

/// Whether each point lies in the same node of every level in tiles and in the scene as a whole. A node's number is its
/// place along the curve, and that of a cluster the place of its seed.
bool same_nodes(const Case& one, double share, double upward_share = 1) {
  const auto model = model_of(one);
  const auto cloud = strip(12000, 300);
  const auto tiles = in_tiles(*model, cloud, one.level, share, upward_share);
  const RunOptions options;
  Run run{*model, model->weights, options, c10::kCPU};
  const c10::InferenceMode inference;
  const auto& points = tiles.points.points;
  const auto& network = model->network;
  const auto input = network.prepare(
      compute_features(make_scene(points, model->recipe.scene, tiles.points.placement), points, model->recipe.scene),
      false, false);
  const auto& leaf = input.scene.octree.leaf;
  const auto whole = network.encode(model->weights, input).hierarchy.parent;
  bool same = true;
  for (int level = 1; level < one.levels; ++level) {
    EXPECT_FALSE(at::equal(nodes_above(leaf, whole, level), nodes_above(leaf, input.scene.hierarchy.parent, level)));
    same &= at::equal(nodes_in_tiles(run, tiles.points, tiles.tiling, level), nodes_above(leaf, whole, level));
  }
  return same;
}

/// Of a hierarchy of clusters.
Json clusters(const char* hierarchy, int learned_levels, int rounds, Json more = Json::object()) {
  more.update({{"hierarchy", hierarchy}, {"learned_levels", learned_levels}, {"rounds", rounds}});
  return more;
}

class SweepsOver : public testing::TestWithParam<Case> {};

TEST_P(SweepsOver, TilesGiveTheProbabilitiesOfTheWholeCloud) {
  EXPECT_TRUE(agree(GetParam(), 1));
  EXPECT_TRUE(agree(GetParam(), 0.45));
}

TEST(Sweeps, WithoutAMarginDoNot) {
  EXPECT_FALSE(agree({"upward", kMoments, 4, 1, {}}, 0.45, 0, 1));
  EXPECT_FALSE(agree({"downward", kMoments, 4, 1, {}}, 0.45, 1, 0));
  for (const char* hierarchy : {"position", "learned"}) {
    EXPECT_FALSE(agree({"upward", kMoments, 4, 2, clusters(hierarchy, 2, 2)}, 0.45, 0, 1)) << hierarchy;
    EXPECT_FALSE(agree({"downward", kMoments, 4, 2, clusters(hierarchy, 2, 2)}, 0.45, 1, 0)) << hierarchy;
  }
}

TEST(Sweeps, TilesHaveTheClustersOfTheWholeCloud) {
  for (const int learned_levels : {1, 2})
    for (const int rounds : {1, 3})
      for (const char* on : {"cells", "clusters"}) {
        const Case one{"learned", kMoments, 4, 2, clusters("learned", learned_levels, rounds, {{"blocks_on", on}})};
        EXPECT_TRUE(same_nodes(one, 0.45)) << learned_levels << rounds << on;
      }
}

TEST(Sweeps, WithoutAMarginTheClustersAreOthers) {
  EXPECT_FALSE(same_nodes({"learned", kMoments, 4, 2, clusters("learned", 2, 2)}, 0.45, 0));
}

TEST(Sweeps, TilesHoldWholeClusters) {
  for (const char* hierarchy : {"position", "learned"}) {
    const auto model = model_of({"clusters", kMoments, 4, 1, clusters(hierarchy, 2, 2)});
    EXPECT_THROW(model->network.sweeps(1), c10::Error) << hierarchy;
    EXPECT_EQ(model->network.sweeps(2).up.size(), hierarchy == std::string("learned") ? 3u : 1u);
  }
}

TEST(Sweeps, MemoryDecidesWhetherACloudWithClustersIsInTiles) {
  for (const char* hierarchy : {"position", "learned"}) {
    const auto model = model_of({"clusters", kMoments, 5, 2, clusters(hierarchy, 2, 2)});
    EXPECT_EQ(model->info.hierarchy,
              std::string(hierarchy == std::string("learned") ? "learned clusters" : "clusters by position") +
                  " on levels 1 to 2, 2 rounds around the octree's cells; cells above");
    const auto cloud = strip(40000, 1200);
    RunOptions options;
    options.probabilities = true;
    const auto expected = Session(model, options).segment(cloud.view());
    options.memory_mb = 1;
    try {
      Session(model, options).segment(cloud.view());
      FAIL() << "took it";
    } catch (const TooLittleMemory& error) {
      options.memory_mb = error.least_mb;
    }
    const auto found = Session(model, options).segment(cloud.view());
    EXPECT_EQ(expected.tiles, 1);
    EXPECT_GT(found.tiles, 2);
    EXPECT_EQ(found.probability, expected.probability) << hierarchy;
    EXPECT_EQ(Session(model, options).clusters(cloud.view(), 2).cluster,
              Session(model).clusters(cloud.view(), 2).cluster);
  }
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

INSTANTIATE_TEST_SUITE_P(
    Clusters, SweepsOver,
    testing::Values(Case{"position", kMoments, 4, 2, clusters("position", 2, 2)},
                    Case{"position_one_round", kMoments, 4, 1, clusters("position", 1, 1)},
                    Case{"position_three_rounds", kMoments, 4, 2, clusters("position", 2, 3)},
                    Case{"position_above", kMoments, 4, 2, clusters("position", 1, 3)},
                    Case{"position_coarsest", kMoments, 3, 2, clusters("position", 2, 2)},
                    Case{"position_blocks", kMoments, 4, 2, clusters("position", 2, 3, {{"blocks_on", "clusters"}})},
                    Case{"position_tree", kMoments, 4, 2, clusters("position", 2, 2, {{"siblings", "tree"}})},
                    Case{"position_rasters", {"up", "ground", "opening", "density"}, 4, 2, clusters("position", 2, 2)},
                    Case{"position_fields", {"rgb", "shape", "normal_field"}, 4, 2, clusters("position", 2, 2)},
                    Case{"learned", kMoments, 4, 2, clusters("learned", 2, 2)},
                    Case{"learned_one_round", kMoments, 4, 1, clusters("learned", 1, 1)},
                    Case{"learned_three_rounds", kMoments, 4, 2, clusters("learned", 2, 3)},
                    Case{"learned_above", kMoments, 4, 2, clusters("learned", 1, 3)},
                    Case{"learned_coarsest", kMoments, 3, 2, clusters("learned", 2, 2)},
                    Case{"learned_blocks", kMoments, 4, 2, clusters("learned", 2, 3, {{"blocks_on", "clusters"}})},
                    Case{"learned_ancestors", kMoments, 4, 2,
                         clusters("learned", 2, 1, {{"relations", {"siblings", "children", "ancestors"}}})},
                    Case{"learned_separate", kMoments, 4, 2,
                         clusters("learned", 2, 2, {{"softmax", "separate"}, {"blocks", 2}})},
                    Case{"learned_embedding", kMoments, 4, 2, clusters("learned", 2, 1, {{"point_stage", 8}})}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace treewalk
