// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/stand_in/device.h"
#include "tests/support/error_of.h"
#include "tests/support/small_scenes.h"
#include "treewalk/nn/nodes.h"

namespace treewalk {
namespace {

using nn::NodeModel;
using nn::Nodes;

/// A ring of groups of five nodes, each tied to the others of its group. One node of a group shows its class.
Nodes ring_of_groups(std::uint64_t seed, int groups = 12, const std::vector<int>& kinds = {0, 1}) {
  std::mt19937_64 random(seed);
  Nodes nodes;
  nodes.columns = 3;
  nodes.offset = {0};
  for (int u = 0; u < 5 * groups; ++u) {
    const int group = u / 5;
    for (int v = 5 * group; v < 5 * group + 5; ++v)
      if (v != u) nodes.column.push_back(v);
    if (u % 5 == 4) nodes.column.push_back((u + 1) % (5 * groups));  // one way, which counts both ways
    nodes.offset.push_back(static_cast<std::int64_t>(nodes.column.size()));
  }
  for (int g = 0; g < groups; ++g) {
    const int kind = kinds[random() % kinds.size()], shown = random() % 5;
    for (int i = 0; i < 5; ++i) {
      for (int k = 0; k < 2; ++k) nodes.feature.push_back(i == shown && k == kind ? 1.0f : 0.0f);
      nodes.feature.push_back(static_cast<float>(random() % 100) / 100);
      nodes.label.push_back(kind + 1);
    }
  }
  return nodes;
}

std::string recipe(const std::string& more_of_network = "", const std::string& data = "graphs",
                   const std::string& task = "segmentation", int steps = 80) {
  return R"({"task": ")" + task + R"(", "data": ")" + data +
         R"(", "classes": [{"id": 1, "name": "red"}, {"id": 2, "name": "blue"}],
             "network": {"widths": [16, 16, 16])" +
         more_of_network + R"(}, "training": {"epochs": 1, "batch": 2, "warmup": 5, "steps_per_epoch": )" +
         std::to_string(steps) + "}}";
}

std::vector<Nodes> several(int count) {
  std::vector<Nodes> data;
  for (int i = 0; i < count; ++i) data.push_back(ring_of_groups(i));
  return data;
}

nn::NodeTraining options(const std::string& text, int threads = 0) {
  nn::NodeTraining training;
  training.recipe = text;
  training.threads = threads;
  training.device = "cpu";
  return training;
}

double accuracy(const NodeModel& model, const Nodes& nodes) {
  const auto found = model.labels(nodes);
  int right = 0;
  for (std::size_t u = 0; u < found.size(); ++u) right += found[u] == nodes.label[u];
  return right / static_cast<double>(found.size());
}

TEST(TrainNodes, LabelsTheNodesOfGraphsThatItHasNotSeen) {
  for (const char* hierarchy : {"", R"(, "hierarchy": "learned", "learned_levels": 1)"}) {
    const auto model = train_nodes(several(24), options(recipe(hierarchy)));
    EXPECT_GT(accuracy(model, ring_of_groups(1000, 20)), 0.95) << hierarchy;
  }
}

TEST(TrainNodes, OfLearnedClustersMakesOnesOfAClass) {
  const auto model = train_nodes(several(24), options(recipe(R"(, "hierarchy": "learned", "learned_levels": 1)")));
  const auto nodes = ring_of_groups(1001, 20);
  const auto own = model.clusters(nodes, 0), cluster = model.clusters(nodes, 1), root = model.clusters(nodes, 2);
  EXPECT_EQ(own[7], 7);
  EXPECT_EQ(std::set<std::int32_t>(root.begin(), root.end()).size(), 1u);
  const auto clusters = std::set<std::int32_t>(cluster.begin(), cluster.end()).size();
  EXPECT_GT(clusters, 1u);
  EXPECT_LT(clusters, nodes.label.size() / 2);
}

TEST(TrainNodes, NamesWholeGraphs) {
  std::vector<Nodes> data, unseen;
  for (int i = 0; i < 50; ++i) {
    const int kind = i % 2;  // of most groups
    auto nodes = ring_of_groups(i, 6 + i % 4, {kind, kind, kind, kind, kind, 1 - kind});
    nodes.label = {kind + 1};
    (i < 30 ? data : unseen).push_back(std::move(nodes));
  }
  const auto model = train_nodes(data, options(recipe("", "graphs", "classification", 600)));
  int right = 0;
  for (const auto& nodes : unseen) {
    const auto found = model.labels(nodes);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(model.probabilities(nodes).size(), 2u);
    right += found[0] == nodes.label[0];
  }
  EXPECT_GE(right, 17) << "of 20; at random fewer than one time in a hundred";
  data[3].label = {7};
  try {
    train_nodes(data, options(recipe("", "graphs", "classification", 600)));
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "item 3: the graph has the label 7, which is the id of no class");
  }
}

/// The same nodes in a row, without edges.
Nodes row_of_groups(std::uint64_t seed) {
  auto nodes = ring_of_groups(seed, 16);
  nodes.offset.clear(), nodes.column.clear();
  return nodes;
}

TEST(TrainNodes, LearnsFromSequencesAndTrees) {
  std::vector<Nodes> rows, trees;
  for (int i = 0; i < 24; ++i) {
    rows.push_back(row_of_groups(i));
    trees.push_back(row_of_groups(i));
    auto& level = trees.back().tree.level;
    level.resize(3);
    level[0].size = 80, level[1].size = 16, level[2].size = 1;
    for (int u = 0; u < 80; ++u) level[0].parent.push_back(u / 5);
    level[1].parent.assign(16, 0);
  }
  for (const char* more : {R"(, "branch": 3)", R"(, "hierarchy": "learned", "learned_levels": 1)"}) {
    const auto model = train_nodes(rows, options(recipe(more, "sequences")));
    EXPECT_GT(accuracy(model, rows[0]), 0.8) << more;
  }
  EXPECT_GT(accuracy(train_nodes(trees, options(recipe("", "trees"))), trees[1]), 0.95);
}

TEST(TrainNodes, ClustersOfASequenceAreInOnePieceWhereTheRecipeSaysSo) {
  std::vector<Nodes> rows;
  for (int i = 0; i < 12; ++i) {
    rows.push_back(row_of_groups(i));
    for (int u = 0; u < 80; ++u) rows.back().feature[3 * u + 2] = u / 5 % 2 ? 3.0f : -3.0f;  // a colour of the group
  }
  const auto model = train_nodes(
      rows, options(recipe(R"(, "hierarchy": "learned", "contiguous": true)", "sequences", "segmentation", 400)));
  int moved = 0;
  for (const auto& row : rows)
    for (const int level : {1, 2}) {
      const auto cluster = model.clusters(row, level);
      EXPECT_TRUE(std::is_sorted(cluster.begin(), cluster.end()));
      EXPECT_EQ(std::set<std::int32_t>(cluster.begin(), cluster.end()).size(), level == 1 ? 20u : 5u)
          << "none is empty";
      for (std::size_t i = 0; i < cluster.size(); ++i) moved += level == 1 && cluster[i] != static_cast<int>(i / 4);
    }
  EXPECT_GT(moved, 0);
}

TEST(TrainNodes, SameBitsForAnyNumberOfThreadsAndFromAFile) {
  const auto data = several(6);
  const auto text = recipe(R"(, "hierarchy": "learned")");
  const auto one = train_nodes(data, options(text, 1)), four = train_nodes(data, options(text, 4));
  const auto expected = one.probabilities(data[0], 1);
  EXPECT_EQ(four.probabilities(data[0], 4), expected);
  const test::TemporaryFolder folder;
  one.save(folder / "m.nodes");
  const auto again = NodeModel::load(folder / "m.nodes");
  EXPECT_EQ(again.probabilities(data[0]), expected);
  EXPECT_EQ(again.classes()[1].name, "blue");
  EXPECT_EQ(again.labels(Nodes{3, {}, {0}, {}, {}, {}}).size(), 0u) << "no nodes";
}

TEST(TrainNodes, OnADeviceHasTheCpusLosses) {
  const auto losses = [](const char* more, const std::string& data, const std::string& device) {
    std::vector<double> found;
    auto training = options(recipe(more, data, "segmentation", 4));
    training.device = device;
    training.progress = [&](const TrainingProgress& progress) {
      found.push_back(progress.loss);
      return true;
    };
    std::vector<Nodes> items{ring_of_groups(1), ring_of_groups(2)};
    if (data == "sequences") items = {row_of_groups(1), row_of_groups(2)};
    train_nodes(items, training);
    return found;
  };
  for (const char* data : {"graphs", "sequences"})
    for (const char* more : {"", R"(, "hierarchy": "learned")"}) {
      const auto here = losses(more, data, "cpu"), there = losses(more, data, test::tested_device().str());
      ASSERT_EQ(here.size(), 4u);
      ASSERT_EQ(there.size(), 4u);
      for (std::size_t i = 0; i < here.size(); ++i) EXPECT_NEAR(there[i], here[i], 1e-3) << data << more << i;
    }
}

TEST(TrainNodes, EndsWhereTheCallerSaysSo) {
  auto training = options(recipe());
  training.progress = [](const TrainingProgress& progress) { return progress.step < 3; };
  EXPECT_THROW(train_nodes(several(2), training), Cancelled);
}

TEST(TrainNodes, ErrorsNameTheItemAndTheNode) {
  const auto of = [](const auto& spoil) {
    auto data = several(2);
    spoil(data);
    return error_of([&] { train_nodes(data, options(recipe())); });
  };
  EXPECT_EQ(of([](auto& d) { d.clear(); }), "training: there are no data");
  EXPECT_EQ(of([](auto& d) { d[1].column[3] = 60; }),
            "item 1: node 0 has the neighbour 60, but there are 60 nodes, counted from 0");
  EXPECT_EQ(of([](auto& d) { d[1].offset.pop_back(); }), "item 1: a graph of 60 nodes needs 61 offsets, but has 60");
  EXPECT_EQ(of([](auto& d) { d[0].feature[7] = INFINITY; }), "item 0: node 2: column 1 is not finite");
  EXPECT_EQ(of([](auto& d) { d[0].feature.pop_back(); }), "item 0: 179 features do not divide into rows of 3");
  EXPECT_EQ(of([](auto& d) { d[1].label[5] = 9; }),
            "item 1: node 5 has the label 9, which is in no class of the recipe");
  EXPECT_EQ(of([](auto& d) { d[1].label.pop_back(); }), "item 1: 59 labels, but there must be 60");
  EXPECT_EQ(of([](auto& d) {
              for (auto& one : d) one.label.assign(60, -1);
            }),
            "training: no node has a label that the recipe learns from");
  EXPECT_EQ(error_of([] { train_nodes(several(1), options(recipe("", "clouds"))); }),
            "recipe: \"data\": \"clouds\" is not known. There are \"graphs\", \"sequences\" or \"trees\"");
  EXPECT_EQ(error_of([] { train_nodes(several(1), options(recipe(R"(, "branch": 3)"))); }),
            "recipe: network: \"branch\" belongs to \"data\" \"sequences\"");
  EXPECT_EQ(error_of([] { train_nodes(several(1), options(recipe(R"(, "contiguous": true)", "sequences"))); }),
            "recipe: network: \"contiguous\" belongs to \"hierarchy\" \"learned\"");
  EXPECT_EQ(error_of([] { train_nodes(several(1), options(recipe("", "sequences"))); }),
            "item 0: there are edges, but the recipe's \"data\" is \"sequences\"");
  EXPECT_EQ(error_of([] { NodeModel::load("none.nodes"); }).rfind("none.nodes: ", 0), 0u);
}

TEST(ReturnProbabilities, OfSmallGraphsAreThoseWorkedByHand) {
  // A triangle: W^2 has 1/2 on its diagonal, W^3 1/4. A node alone never returns. A pair returns at every second hop.
  const std::vector<std::int64_t> offset{0, 2, 3, 3, 3, 4, 4};
  const std::vector<std::int32_t> column{1, 2, 2, 5};
  const auto found = nn::return_probabilities(offset, column, 4);
  const std::vector<float> triangle{0, 0.5, 0.25, 0.375}, none{0, 0, 0, 0}, pair{0, 1, 0, 1};
  for (int u = 0; u < 6; ++u) {
    const auto& expected = u < 3 ? triangle : u == 3 ? none : pair;
    EXPECT_EQ((std::vector<float>{found.begin() + 4 * u, found.begin() + 4 * u + 4}), expected) << u;
  }
}

TEST(ReturnProbabilities, AreTheDiagonalsOfThePowers) {
  std::mt19937 random(1);
  const int nodes = 40;
  std::vector<std::int64_t> offset{0};
  std::vector<std::int32_t> column;
  std::vector<std::vector<double>> a(nodes, std::vector<double>(nodes, 0));
  for (int u = 0; u < nodes; ++u) {
    for (int e = 0; e < 2; ++e) {
      column.push_back(static_cast<std::int32_t>(random() % nodes));
      if (column.back() != u) a[u][column.back()] = a[column.back()][u] = 1;
    }
    offset.push_back(static_cast<std::int64_t>(column.size()));
  }
  for (auto& row : a) {
    double degree = 0;
    for (const double x : row) degree += x;
    for (double& x : row) x /= std::max(degree, 1.0);
  }
  const int hops = 8;
  const auto found = nn::return_probabilities(offset, column, hops),
             again = nn::return_probabilities(offset, column, hops, 1);
  EXPECT_EQ(found, again);
  auto power = a;
  for (int t = 0; t < hops; ++t) {
    for (int u = 0; u < nodes; ++u) EXPECT_NEAR(found[u * hops + t], power[u][u], 1e-6) << u << t;
    std::vector<std::vector<double>> next(nodes, std::vector<double>(nodes, 0));
    for (int u = 0; u < nodes; ++u)
      for (int v = 0; v < nodes; ++v)
        for (int w = 0; w < nodes; ++w) next[u][w] += power[u][v] * a[v][w];
    power = next;
  }
}

}  // namespace
}  // namespace treewalk
