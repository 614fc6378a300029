// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// The numbers of points' nodes: those of cells worked out from coordinates, and those of the hierarchy of a network.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/geometry/finite_points.h"
#include "core/scene/normalise.h"
#include "tests/stand_in/device.h"
#include "tests/support/error_of.h"
#include "tests/support/small_sessions.h"
#include "treewalk/memory.h"

namespace treewalk {
namespace {

using test::coordinates;
using test::fresh_model;
using test::from_coordinates;
using test::kNan;
using test::small_table;
using Numbers = std::vector<std::uint32_t>;

constexpr double kCell = 1.0 / 32;  // so that what is worked out here has no rounding

Json recipe_with(const std::string& hierarchy, const Json& changes = {}) {
  auto json = hierarchy == "parts" ? test::small_parts_recipe()
                                   : test::recipe_of(hierarchy == "together" ? "Together" : "UpDown");
  json["network"]["hierarchy"] = hierarchy == "octree" || hierarchy == "position" ? hierarchy : "learned";
  if (hierarchy != "parts") json["network"]["cell_size"] = kCell;
  json["network"].update(changes.is_null() ? Json::object() : changes);
  return json;
}

std::shared_ptr<const Model> model_of(const std::string& hierarchy) {
  static std::map<std::string, std::shared_ptr<const Model>> models;
  auto& model = models[hierarchy];
  if (!model) model = fresh_model(recipe_with(hierarchy));
  return model;
}

Clustering clusters(const std::string& hierarchy, const Cloud& cloud, int level, RunOptions options = {}) {
  return Session(model_of(hierarchy), std::move(options)).clusters(cloud.view(), level);
}

/// A table on multiples of 1/1024 m, many of which are edges of cells.
std::vector<float> table(int points = 4000) {
  auto xyz = coordinates(small_table(3, points));
  for (auto& x : xyz) x = std::round(x * 1024) / 1024;
  return xyz;
}

/// 0, 1, ... in the order of the values.
Numbers ranks(const std::vector<std::int32_t>& node) {
  std::map<std::int32_t, std::uint32_t> rank;
  for (const auto one : node) rank[one] = 0;
  std::uint32_t next = 0;
  for (auto& one : rank) one.second = next++;
  Numbers ranks;
  for (const auto one : node) ranks.push_back(rank[one]);
  return ranks;
}

/// Of each point, its leaf and what is above that.
std::vector<std::int32_t> followed(const Octree& octree, const std::vector<at::Tensor>& parent, int level) {
  std::vector<std::int32_t> node;
  for (std::int64_t p = 0; p < octree.leaf.size(0); ++p) {
    auto at = octree.leaf[p].item<std::int32_t>();
    for (int l = 0; l < level; ++l) at = parent[l][at].item<std::int32_t>();
    node.push_back(at);
  }
  return node;
}

/// What a session makes of a cloud of finite points.
Scene scene_of(const Model& model, const Cloud& cloud) {
  const auto& options = model.recipe.scene;
  const auto finite = finite_points(cloud.view());
  PositionOptions how;
  how.step = options.normalise == "none" ? point_step(options.cell_size) : 0;
  const auto& info = model.info;
  const auto points = normalised(
      make_point_set(cloud.view(), finite, info.required_fields, info.optional_fields, nullptr, how), options);
  return test::input_scene(points, options, default_placement(points, options));
}

TEST(Clusters, OfAnOctreeAreItsCells) {
  for (const int branching : {2, 3})
    for (const float far : {0.0f, -64.0f}) {
      auto xyz = table();
      for (std::size_t i = 0; i < xyz.size(); i += 3) xyz[i] += far;
      const auto model = fresh_model(recipe_with("octree", {{"branching", branching}}));
      for (int level = 0; level < 3; ++level) {
        const auto found = Session(model).clusters(from_coordinates(xyz).view(), level);
        ASSERT_EQ(found.cluster.size(), xyz.size() / 3);
        const auto side = static_cast<std::int64_t>(std::pow(branching, level));
        std::map<std::array<std::int64_t, 3>, std::uint32_t> number;
        std::set<std::uint32_t> numbers;
        for (std::size_t i = 0; i < found.cluster.size(); ++i) {
          std::array<std::int64_t, 3> cell{};
          for (std::size_t a = 0; a < 3; ++a) {
            const auto leaf = static_cast<std::int64_t>(std::floor(xyz[3 * i + a] / kCell));
            cell[a] = leaf >= 0 ? leaf / side : -((side - 1 - leaf) / side);
          }
          ASSERT_EQ(number.emplace(cell, found.cluster[i]).first->second, found.cluster[i]) << "of point " << i;
          numbers.insert(found.cluster[i]);
        }
        EXPECT_EQ(number.size(), found.count) << "one cell, one number";
        EXPECT_EQ(numbers.size(), found.count);
        EXPECT_EQ(*numbers.rbegin(), found.count - 1);
        EXPECT_TRUE(found.warnings.empty());
      }
    }
}

TEST(Clusters, AreNumberedAlongTheCurve) {
  for (const char* hierarchy : {"octree", "position", "learned"}) {
    const auto cloud = from_coordinates(table());
    const auto scene = scene_of(*model_of(hierarchy), cloud);
    const auto leaves = clusters(hierarchy, cloud, 0).cluster;
    std::uint32_t last = 0;
    for (std::int64_t p = 0; p < scene.size(); ++p) {
      const auto number = leaves[scene.octree.order[p].item<std::int32_t>()];
      ASSERT_TRUE(number == last || number == last + 1) << hierarchy << p;
      last = number;
    }
  }
}

TEST(Clusters, ByPositionAreThoseOfTheScene) {
  const auto cloud = from_coordinates(table());
  const auto model = model_of("position");
  const auto scene = scene_of(*model, cloud);
  for (int level = 0; level < 3; ++level) {
    const auto found = clusters("position", cloud, level);
    EXPECT_EQ(found.cluster, ranks(followed(scene.octree, scene.hierarchy.parent, level))) << level;
    EXPECT_EQ(found.cluster == clusters("octree", cloud, level).cluster, level == 0);
  }
}

TEST(Clusters, ThatANetworkChoosesAreThoseOfItsEncoding) {
  for (const std::string order : {"learned", "together", "parts"}) {
    const auto model = model_of(order);
    const auto cloud = order == "parts" ? test::small_object(true, 1, 300) : from_coordinates(table());
    const auto input = model->network.prepare(scene_of(*model, cloud), false, false);
    const auto encoding = model->network.encode(model->weights, input);
    ASSERT_EQ(encoding.clusters.size(), 2u);
    const auto& octree = input.scene.octree;
    for (int level = 0; level < model->recipe.scene.levels; ++level) {
      const auto expected = followed(octree, encoding.hierarchy.parent, level);
      const auto found = clusters(order, cloud, level);
      EXPECT_EQ(found.cluster, ranks(expected)) << order << level;
      EXPECT_EQ(found.count, std::set<std::int32_t>(expected.begin(), expected.end()).size());
      if (level == 1) {
        EXPECT_NE(expected, followed(octree, input.scene.hierarchy.parent, 1)) << "the octree's cells";
      }
    }
  }
}

TEST(Clusters, StepsThatChooseEndWithTheLastChoice) {
  const auto model = model_of("learned");
  for (const int levels : {1, 2}) {
    const auto cut = fresh_model(recipe_with("learned", {{"learned_levels", levels}}));
    const auto cloud = from_coordinates(table());
    const auto input = cut->network.prepare(scene_of(*cut, cloud), false, true);
    const auto hierarchy = cut->network.encode(cut->weights, input).hierarchy;
    const auto found = Session(cut).clusters(cloud.view(), 2);
    EXPECT_EQ(found.cluster, ranks(followed(input.scene.octree, hierarchy.parent, 2))) << levels;
  }
}

TEST(Clusters, PointsWithoutAPlaceAreInNoneAndChangeNothing) {
  for (const char* hierarchy : {"octree", "position", "learned"}) {
    const auto xyz = table(2000);
    const auto expected = clusters(hierarchy, from_coordinates(xyz), 1);
    std::vector<float> mixed;
    Numbers numbers;
    for (std::size_t i = 0; i < xyz.size() / 3; ++i) {
      if (i % 7 == 0) mixed.insert(mixed.end(), {1, kNan, 3}), numbers.push_back(Clustering::none);
      mixed.insert(mixed.end(), {xyz[3 * i], xyz[3 * i + 1], xyz[3 * i + 2]});
      numbers.push_back(expected.cluster[i]);
    }
    const auto found = clusters(hierarchy, from_coordinates(mixed), 1);
    EXPECT_EQ(found.cluster, numbers) << hierarchy;
    EXPECT_EQ(found.count, expected.count);
    EXPECT_TRUE(clusters(hierarchy, from_coordinates({}), 1).cluster.empty());
    EXPECT_EQ(clusters(hierarchy, from_coordinates({}), 1).count, 0u);
    EXPECT_EQ(clusters(hierarchy, from_coordinates({kNan, 0, 0}), 1).cluster, Numbers{Clustering::none});
    EXPECT_EQ(clusters(hierarchy, from_coordinates({1, 2, 3}), 2).cluster, Numbers{0});
  }
}

TEST(Clusters, AreTheSameForAnyOrderOfThePointsAnyThreadsAndOnADevice) {
  for (const char* hierarchy : {"octree", "position", "learned", "parts"}) {
    const bool parts = hierarchy == std::string("parts");
    const auto xyz = parts ? coordinates(test::small_object(true, 1, 300)) : table(3000);
    const auto expected = clusters(hierarchy, from_coordinates(xyz), 1).cluster;
    RunOptions four, device;
    four.threads = 4;
    device.device = test::tested_device().str();
    EXPECT_EQ(clusters(hierarchy, from_coordinates(xyz), 1, four).cluster, expected) << hierarchy;
    if (test::counts_traffic()) {  // a real GPU may round otherwise
      EXPECT_EQ(clusters(hierarchy, from_coordinates(xyz), 1, device).cluster, expected);
    }
    if (parts) continue;  // whose mean depends on the order in its last bit
    std::vector<std::size_t> order(xyz.size() / 3);
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), std::mt19937(1));
    std::vector<float> shuffled;
    Numbers numbers;
    for (const auto i : order) {
      shuffled.insert(shuffled.end(), {xyz[3 * i], xyz[3 * i + 1], xyz[3 * i + 2]});
      numbers.push_back(expected[i]);
    }
    EXPECT_EQ(clusters(hierarchy, from_coordinates(shuffled), 1).cluster, numbers) << hierarchy;
  }
}

TEST(Clusters, OfPointsThatAModelDoesNotLookAtAreThoseOfTheNearest) {
  const auto cloud = test::small_object(true, 5, 2000);
  const auto xyz = coordinates(cloud);
  const auto chosen = thin(make_point_set(cloud.view(), {}, {}).position, 300);
  std::vector<float> seen;
  for (std::int64_t i = 0; i < 300; ++i)
    for (int a = 0; a < 3; ++a) seen.push_back(xyz[3 * chosen[i].item<int>() + a]);
  const auto of_seen = clusters("parts", from_coordinates(seen), 2);
  EXPECT_GT(of_seen.count, 3u);
  const auto found = clusters("parts", cloud, 2);
  EXPECT_EQ(found.count, of_seen.count);
  for (std::size_t i = 0; i < 2000; ++i) {
    std::size_t nearest = 0;
    float least = std::numeric_limits<float>::infinity();
    for (std::size_t s = 0; s < 300; ++s) {
      float distance = 0;
      for (std::size_t a = 0; a < 3; ++a) distance += std::pow(xyz[3 * i + a] - seen[3 * s + a], 2.0f);
      if (distance < least) least = distance, nearest = s;
    }
    ASSERT_EQ(found.cluster[i], of_seen.cluster[nearest]) << i;
  }
}

TEST(Clusters, ModelsOfAnyTaskHaveThem) {
  const auto model = fresh_model(test::small_classification_recipe());
  const auto cloud = test::small_shape(true, 1);
  const Session session(model);
  EXPECT_GT(session.clusters(cloud.view(), 1).count, session.clusters(cloud.view(), 2).count);
}

TEST(Clusters, OfGroupsFarApartComeOneAfterTheOther) {
  auto xyz = table(1000);
  for (std::size_t i = 0; i < xyz.size(); i += 3) xyz[i] += 4096;
  const auto alone = clusters("learned", from_coordinates(xyz), 1);
  const auto many = table(2000);  // comes first, as it is the bulk
  const auto bulk = clusters("learned", from_coordinates(many), 1);
  const std::size_t stray = xyz.size() / 3;
  xyz.insert(xyz.end(), {-8192, 0, 0});
  xyz.insert(xyz.end(), many.begin(), many.end());
  const auto found = clusters("learned", from_coordinates(xyz), 1);
  EXPECT_EQ(found.count, alone.count + bulk.count);
  for (std::size_t i = 0; i < stray; ++i) ASSERT_EQ(found.cluster[i], alone.cluster[i] + bulk.count);
  EXPECT_EQ(found.cluster[stray], Clustering::none);
  for (std::size_t i = 0; i < 2000; ++i) ASSERT_EQ(found.cluster[stray + 1 + i], bulk.cluster[i]);
  ASSERT_EQ(found.warnings.size(), 1u);
  EXPECT_NE(found.warnings[0].find("they are in no cluster (4294967295)"), std::string::npos) << found.warnings[0];
}

/// Rolling ground, 375 m long: 12,000 cells, of which a model sees 8,192 at once.
std::vector<float> long_strip() {
  std::mt19937_64 random(5);
  const auto uniform = [&](double low, double high) { return low + (high - low) * (random() >> 11) * 0x1p-53; };
  std::vector<float> xyz;
  for (int i = 0; i < 20000; ++i) {
    const double x = uniform(-250, 125), y = uniform(0, 0.5);
    for (const double at : {x, y, 0.1 * std::sin(x)}) xyz.push_back(static_cast<float>(std::round(at * 1024) / 1024));
  }
  return xyz;
}

TEST(Clusters, OfALongCloudInPartsAreThoseOfTheWhole) {
  const auto cloud = from_coordinates(long_strip());
  for (const char* hierarchy : {"octree", "position", "learned"}) {
    auto recipe = recipe_with(hierarchy);
    recipe["features"] = {"normal", "shape", "density"};
    const auto model = fresh_model(recipe);
    ASSERT_LE(8 * model->info.reach, 8192 * kCell) << hierarchy;
    const auto input = model->network.prepare(scene_of(*model, cloud), false, false);
    const auto encoding = model->network.encode(model->weights, input);
    for (int level = 0; level < 3; ++level) {
      const auto expected =
          ranks(followed(input.scene.octree, encoding.hierarchy_over(input.scene.hierarchy).parent, level));
      const auto found = Session(model).clusters(cloud.view(), level);
      EXPECT_TRUE(found.cluster == expected) << hierarchy << level;
      EXPECT_EQ(found.count, *std::max_element(expected.begin(), expected.end()) + 1);
    }
  }
}

TEST(Clusters, WhatCannotBeIsSaidInASentence) {
  const auto cloud = from_coordinates(table(2000));
  for (const int level : {-1, 3, 1000})
    EXPECT_EQ(error_of([&] { clusters("octree", cloud, level); }),
              "there is no level " + std::to_string(level) +
                  ": the levels of the model's hierarchy are 0, its leaf cells, to 2");
  auto one = test::recipe_of("UpDownGrf");
  one["network"].update({{"levels", 1}, {"widths", {8}}});
  EXPECT_EQ(error_of([&] { Session(fresh_model(one)).clusters(cloud.view(), 1); }),
            "there is no level 1: the levels of the model's hierarchy are 0, its leaf cells, alone");
  auto far = recipe_with("learned", {{"levels", 9}, {"widths", std::vector<int>(9, 8)}});
  std::vector<float> row;  // 3 km, and cells of 3 cm
  for (int i = 0; i < 3000; ++i) row.insert(row.end(), {float(i), 0, 0});
  EXPECT_NE(error_of([&] {
              Session(fresh_model(far)).clusters(from_coordinates(row).view(), 1);
            }).find("longer than the 2048 that the model sees at once"),
            std::string::npos);
  RunOptions cancelled;
  cancelled.progress = [](double, const std::string&) { return false; };
  EXPECT_THROW(clusters("learned", cloud, 1, cancelled), Cancelled);
  auto without = cloud;
  without.remove_field("y");
  EXPECT_NE(error_of([&] { clusters("octree", without, 1); }).find("no field 'y'"), std::string::npos);
}

TEST(Clusters, FieldsAreReadWhereTheNetworkChooses) {
  auto json = recipe_with("learned");
  json["features"] = {"normal", "intensity"};
  json["fields"]["required"] = {"intensity"};
  const auto cloud = from_coordinates(table(2000));
  EXPECT_NE(error_of([&] { Session(fresh_model(json)).clusters(cloud.view(), 1); }).find("intensity"),
            std::string::npos);
  EXPECT_GT(Session(fresh_model(json)).clusters(cloud.view(), 0).count, 0u) << "leaves are cells";
}

TEST(LabelByCluster, IsTheClassWithTheHighestMean) {
  ModelInfo info;
  info.classes = {{7, "a", "", {}}, {3, "b", "", {}}, {5, "c", "", {}}};
  Segmentation labels;
  labels.label = {7, 3, 3, 255, 5, 7};
  labels.probability = {0.75f, 0.25f, 0, 0,     0.625f, 0.375f, 0,     0.5f,  0.5f,
                        0,     0,     0, 0.25f, 0.25f,  0.5f,   0.75f, 0.25f, 0};
  labels.confidence = {0.75f, 0.625f, 0.5f, 0, 0.5f, 0.75f};
  const auto before = labels;
  Clustering found;
  found.count = 2;
  found.cluster = {0, 0, 1, Clustering::none, 0, 1};
  label_by_cluster(found, info, labels);
  // Means of cluster 0: 1/3, 0.375, 7/24; of cluster 1: 0.375, 0.375, 0.25, the first two of which tie.
  EXPECT_EQ(labels.label, (Numbers{3, 3, 7, 255, 3, 7}));
  EXPECT_EQ(labels.confidence, (std::vector<float>{0.375f, 0.375f, 0.375f, 0, 0.375f, 0.375f}));
  EXPECT_EQ(labels.probability, before.probability);
  labels = before;
  labels.categories = {{1, "kind", 0.5f}};
  label_by_cluster(found, info, labels);
  EXPECT_EQ(labels.confidence[0], 0.1875f) << "if the cloud is of that category";
  labels.probability.clear();
  EXPECT_THROW(label_by_cluster(found, info, labels), Error);
  found.cluster.pop_back();
  EXPECT_THROW(label_by_cluster(found, info, labels), Error);
}

TEST(Clusters, TooLittleMemoryNamesALimitThatIsEnough) {
  for (const char* hierarchy : {"octree", "position", "learned"}) {
    const auto cloud = from_coordinates(table(30000));
    RunOptions options;
    options.memory_mb = 1;
    try {
      clusters(hierarchy, cloud, 1, options);
      FAIL() << hierarchy;
    } catch (const TooLittleMemory& error) {
      options.memory_mb = error.least_mb;
      EXPECT_EQ(std::string(error.what()).find("all of them at once") != std::string::npos,
                hierarchy != std::string("learned"))
          << error.what();
    }
    EXPECT_EQ(clusters(hierarchy, cloud, 1, options).cluster, clusters(hierarchy, cloud, 1).cluster);
    options.memory_mb -= 1;
    EXPECT_THROW(clusters(hierarchy, cloud, 1, options), TooLittleMemory) << hierarchy;
  }
}

}  // namespace
}  // namespace treewalk
