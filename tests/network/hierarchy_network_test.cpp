// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/nn/hierarchy_network.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "core/device/threads.h"
#include "core/geometry/own_tree.h"
#include "core/network/network.h"
#include "core/scene/scene.h"
#include "tests/stand_in/device.h"
#include "tests/support/error_of.h"
#include "tests/support/small_networks.h"
#include "tests/support/support.h"

namespace treewalk {
namespace {

using nn::HierarchyNetwork;
using nn::Tree;
using test::same_tensor;

/// A scene's hierarchy, as a caller would give it.
Tree tree_of(const Hierarchy& hierarchy) {
  Tree tree;
  for (int l = 0; l < hierarchy.levels(); ++l) {
    nn::TreeLevel level;
    level.size = hierarchy.size(l);
    const auto record = hierarchy.records(l).contiguous();
    level.record.assign(record.const_data_ptr<float>(), record.const_data_ptr<float>() + record.numel());
    const auto &offset = hierarchy.siblings[l].offset, &column = hierarchy.siblings[l].column;
    level.sibling_offset.assign(offset.const_data_ptr<int>(), offset.const_data_ptr<int>() + offset.numel());
    level.sibling.assign(column.const_data_ptr<int>(), column.const_data_ptr<int>() + column.numel());
    if (l + 1 < hierarchy.levels()) {
      const auto& parent = hierarchy.parent[l];
      level.parent.assign(parent.const_data_ptr<int>(), parent.const_data_ptr<int>() + parent.numel());
    }
    tree.level.push_back(std::move(level));
  }
  return tree;
}

/// The section "network" of a recipe of clouds as one for trees.
std::string for_trees(Json network) {
  for (const char* key : {"cell_size", "siblings", "normalise", "orientation", "points"}) network.erase(key);
  return network.dump();
}

std::vector<int> columns_of(const Scene& scene) {
  std::vector<int> columns;
  for (const auto& cell : scene.cell) columns.push_back(static_cast<int>(cell.size(1)));
  return columns;
}

/// Gives the parameters of a network the values of those of the same name.
void take_weights(const HierarchyNetwork& to, const Network& from, const Weights& weights) {
  std::map<std::string, at::Tensor> named;
  for (std::size_t i = 0; i < weights.size(); ++i) named[from.parameters().all()[i].name] = weights[i];
  const auto names = to.names();
  const auto parameters = to.parameters();
  for (std::size_t i = 0; i < names.size(); ++i) {
    ASSERT_TRUE(named.count(names[i])) << names[i];
    parameters[i].detach().copy_(named[names[i]]);
  }
}

TEST(HierarchyNetwork, OfTheOctreesArraysGivesTheBitsOfTheBuiltInPath) {
  for (const char* kind : {"UpDown", "Together", "UpDownSeparate", "UpDownOnClusters", "UpDownGrf", "learned"}) {
    auto json = test::recipe_of(std::string(kind) == "learned" ? "UpDown" : kind);
    auto own = json;
    if (kind == std::string("learned")) json["network"]["hierarchy"] = own["network"]["hierarchy"] = "learned";
    const auto recipe = parse_recipe(json);
    const Network built_in(recipe);
    const auto weights = test::moved_weights(built_in);
    const auto scene = test::example_scene(recipe, 1, 3000);
    const auto encoding = built_in.encode(weights, built_in.prepare(scene, false, true));
    const HierarchyNetwork network(for_trees(own["network"]), columns_of(scene));
    take_weights(network, built_in, weights);
    const auto rows = network(scene.cell, tree_of(scene.hierarchy));
    ASSERT_EQ(rows.level.size(), encoding.x.size());
    for (std::size_t l = 0; l < rows.level.size(); ++l)
      EXPECT_TRUE(same_tensor(rows.level[l].detach(), encoding.x[l])) << kind << l;
    for (std::size_t l = 0; l < rows.parent.size(); ++l)
      EXPECT_TRUE(same_tensor(rows.parent[l], encoding.hierarchy_over(scene.hierarchy).parent[l])) << kind << l;
  }
}

using Row = std::vector<double>;
using Matrix = std::vector<Row>;

/// The network {"order": "together", "blocks": 1} over a hierarchy, by loops in double, as docs/how_it_works.md has it.
class ByLoops {
 public:
  ByLoops(const HierarchyNetwork& network, const Hierarchy& hierarchy) : hierarchy_(hierarchy) {
    const auto names = network.names();
    const auto parameters = network.parameters();
    for (std::size_t i = 0; i < names.size(); ++i) weight_[names[i]] = parameters[i].detach().to(at::kDouble);
  }

  /// The rows of all nodes, level by level.
  Matrix operator()(const Matrix& features) const {
    Matrix x(hierarchy_.first.back(), Row(kWidth, 0));
    for (std::size_t u = 0; u < features.size(); ++u)
      x[u] = linear("level0.stem_out", rectified(linear("level0.stem_in", features[u])));
    for (int l = 1; l < hierarchy_.levels(); ++l)
      for (std::int64_t c = 0; c < hierarchy_.size(l); ++c)
        add(x[hierarchy_.first[l] + c], linear("step" + std::to_string(l - 1) + ".pool", pooled(x, l, c)));
    const auto block = "step" + std::to_string(hierarchy_.levels() - 1) + ".family";
    Matrix y;
    for (std::int64_t u = 0; u < hierarchy_.first.back(); ++u) y.push_back(attended(block, x, u));
    return y;
  }

 private:
  static constexpr int kWidth = 8, kGeometry = 6;

  double at(const std::string& name, std::int64_t i) const { return weight_.at(name).view({-1})[i].item<double>(); }
  Row linear(const std::string& name, const Row& x) const {
    const auto rows = weight_.at(name + ".weight").size(0);
    Row y(rows, 0);
    for (std::int64_t r = 0; r < rows; ++r) {
      if (weight_.count(name + ".bias")) y[r] = at(name + ".bias", r);
      for (std::size_t c = 0; c < x.size(); ++c) y[r] += at(name + ".weight", r * std::int64_t(x.size()) + c) * x[c];
    }
    return y;
  }
  static Row rectified(Row x) {
    for (auto& value : x) value = std::max(value, 0.0);
    return x;
  }
  static void add(Row& to, const Row& x) {
    for (std::size_t i = 0; i < x.size(); ++i) to[i] += x[i];
  }
  static double dot(const Row& a, const Row& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
  }
  Row norm(const std::string& name, const Row& x) const {
    double mean = 0, square = 0;
    for (const double value : x) mean += value / kWidth;
    for (const double value : x) square += (value - mean) * (value - mean) / kWidth;
    Row y(x.size());
    for (int i = 0; i < kWidth; ++i)
      y[i] = (x[i] - mean) / std::sqrt(square + 1e-5) * at(name + ".gain", i) + at(name + ".shift", i);
    return y;
  }
  std::vector<std::int64_t> row_of(const Csr& rows, std::int64_t r, std::int64_t first) const {
    std::vector<std::int64_t> nodes;
    for (int e = rows.offset[r].item<int>(); e < rows.offset[r + 1].item<int>(); ++e)
      nodes.push_back(first + rows.column[e].item<int>());
    return nodes;
  }
  Row pooled(const Matrix& x, int l, std::int64_t c) const {
    Row result(2 * kWidth, 0);
    const auto children = row_of(hierarchy_.children[l], c, hierarchy_.first[l - 1]);
    for (int k = 0; k < kWidth && !children.empty(); ++k) {
      result[k] = -INFINITY;
      for (const auto u : children) {
        result[k] = std::max(result[k], x[u][k]);
        result[kWidth + k] += x[u][k] / static_cast<double>(children.size());
      }
    }
    return result;
  }
  /// Members of a node's family, each with its relation.
  std::vector<std::pair<std::int64_t, int>> family(std::int64_t u) const {
    const auto& first = hierarchy_.first;
    int l = 0;
    while (u >= first[l + 1]) ++l;
    std::vector<std::pair<std::int64_t, int>> found{{u, 0}};
    for (const auto v : row_of(hierarchy_.siblings[l], u - first[l], first[l])) found.emplace_back(v, 1);
    if (l > 0)
      for (const auto v : row_of(hierarchy_.children[l], u - first[l], first[l - 1])) found.emplace_back(v, 2);
    for (int up = l, v = static_cast<int>(u - first[l]); up + 1 < hierarchy_.levels(); ++up) {
      v = hierarchy_.parent[up][v].item<int>();
      found.emplace_back(first[up + 1] + v, 3 + up - l);
    }
    return found;
  }
  Row geometry(std::int64_t u, std::int64_t v, int relation) const {
    if (u == v) return Row(kGeometry, 0);
    const double scale[] = {1, 2, 0.5, 1, 2};
    const auto at = [&](std::int64_t node, int c) { return hierarchy_.node[node][c].item<double>(); };
    Row delta, g;
    double length = 0, along = 0, bend = -1;
    for (int c = 0; c < 3; ++c) {
      delta.push_back(at(v, c) - at(u, c));
      length += delta[c] * delta[c];
      along += at(v, 4 + c) * delta[c] / at(u, 3);
      bend += at(v, 4 + c) * at(u, 4 + c);
    }
    const double unit = at(u, 3) * scale[relation];
    for (const double d : delta) g.push_back(d / unit);
    g.push_back(std::sqrt(length) / unit);
    g.push_back(std::min(4.0, std::max(-4.0, along)));
    g.push_back(bend);
    return g;
  }
  Row attended(const std::string& name, const Matrix& x, std::int64_t u) const {
    const auto normed = norm(name + ".query_norm", x[u]);
    const auto query = linear(name + ".query", normed), position = linear(name + ".position", normed);
    Row share;
    double total = 0;
    const auto members = family(u);
    for (const auto& [v, relation] : members) {
      const auto source = norm(name + ".source0.norm", x[v]), g = geometry(u, v, relation);
      double logit = dot(query, linear(name + ".source0.key", source)) / std::sqrt(double(kWidth));
      for (int c = 0; c < kGeometry; ++c)
        logit += g[c] * (position[c] + at(name + ".relation_slope", relation * kGeometry + c));
      share.push_back(std::exp(logit + at(name + ".relation_bias", relation)));
      total += share.back();
    }
    Row found(kWidth + kGeometry, 0);
    for (std::size_t i = 0; i < members.size(); ++i) {
      const auto& [v, relation] = members[i];
      auto part = linear(name + ".source0.value", norm(name + ".source0.norm", x[v]));
      const auto g = geometry(u, v, relation);
      part.insert(part.end(), g.begin(), g.end());
      for (std::size_t k = 0; k < part.size(); ++k) found[k] += share[i] / total * part[k];
    }
    auto y = x[u];
    add(y, linear(name + ".out", found));
    add(y, linear(name + ".mlp_out", rectified(linear(name + ".mlp_in", norm(name + ".mlp_norm", y)))));
    return y;
  }

  const Hierarchy& hierarchy_;
  std::map<std::string, at::Tensor> weight_;
};

constexpr const char* kTogether = R"({"widths": [8, 8, 8], "head_width": 8, "order": "together", "blocks": 1,
                                      "relations": ["siblings", "children", "ancestors"]})";

/// Four leaves in space, two nodes, a root.
Tree seven_nodes() {
  Tree tree;
  tree.level.resize(3);
  tree.level[0].size = 4, tree.level[1].size = 2, tree.level[2].size = 1;
  tree.level[0].parent = {1, 0, 1, 0};
  tree.level[1].parent = {0, 0};
  tree.level[0].record = {0, 0, 0, 1, 0,    0,    1, 1, 1, 0.5, 0, 1, 0, 0.6f, 0.8f, 1,
                          0, 2, 1, 1, 0.6f, 0.8f, 0, 3, 4, 1,   1, 1, 1, 0,    0,    1};
  tree.level[1].record = {2.5f, 1, 0.5f, 2, 0.8f, 0, 0.6f, 2, 0, 1, 0.5f, 3, 0, 1, 0, 4};
  return tree;  // the root's record is made up
}

TEST(HierarchyNetwork, OfSevenNodesIsWhatLoopsInDoubleGive) {
  const HierarchyNetwork network(kTogether, {3}, 5);
  at::manual_seed(2);
  for (const auto& p : network.parameters()) p.detach().add_(0.2 * at::randn_like(p));
  const auto features = at::randn({4, 3}).requires_grad_(true);
  const auto rows = network({features}, seven_nodes());
  const auto hierarchy = hierarchy_of(seven_nodes(), 8);
  const ByLoops loops(network, hierarchy);
  Matrix input;
  for (int u = 0; u < 4; ++u)
    for (input.emplace_back(); input[u].size() < 3;)
      input[u].push_back(features[u][static_cast<int>(input[u].size())].item<double>());
  const auto expected = loops(input);
  for (int l = 0; l < 3; ++l) {
    ASSERT_EQ(rows.level[l].size(0), hierarchy.size(l));
    for (std::int64_t u = 0; u < hierarchy.size(l); ++u)
      for (int k = 0; k < 8; ++k)
        EXPECT_NEAR(rows.level[l][u][k].item<double>(), expected[hierarchy.first[l] + u][k], 1e-5) << l << u << k;
  }

  // Gradients against finite differences of the loops.
  const auto loss = rows.level[0].square().sum() + rows.level[1].square().sum() + rows.level[2].square().sum();
  const auto found = torch::autograd::grad({loss}, {features})[0];
  const auto loss_of = [&](const Matrix& at) {
    double sum = 0;
    for (const auto& row : loops(at))
      for (const double x : row) sum += x * x;
    return sum;
  };
  for (int u = 0; u < 4; ++u)
    for (int k = 0; k < 3; ++k) {
      auto up = input, down = input;
      up[u][k] += 1e-5, down[u][k] -= 1e-5;
      const double slope = (loss_of(up) - loss_of(down)) / 2e-5;
      EXPECT_NEAR(found[u][k].item<double>(), slope, 1e-4 * (1 + std::abs(slope))) << u << k;
    }
}

TEST(HierarchyNetwork, EveryParameterGetsAGradientWhereTheHierarchyIsLearned) {
  const HierarchyNetwork network(R"({"widths": [16, 16, 16], "hierarchy": "learned", "learned_levels": 1})", {2}, 3);
  at::manual_seed(3);
  for (const auto& p : network.parameters()) p.detach().add_(0.1 * at::randn_like(p));
  const auto rows = network({at::randn({40, 2})}, nn::sequence_tree(40, 3));
  const auto parameters = network.parameters();
  const auto found = torch::autograd::grad({rows.level[0].square().sum() + rows.level[2].sum()},
                                           {parameters.begin(), parameters.end()}, {}, std::nullopt, false, true);
  int choosing = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (network.names()[i].find(".assign.") == std::string::npos) continue;
    EXPECT_GT(found[i].abs().sum().item<float>(), 0) << network.names()[i];
    ++choosing;
  }
  EXPECT_EQ(choosing, 3);
}

TEST(HierarchyNetwork, IsTheSameForAnyNumberOfThreadsAndForATreeThatWasPrepared) {
  const HierarchyNetwork network(R"({"widths": [16, 16, 32], "hierarchy": "learned"})", {4, 0, 2});
  at::manual_seed(4);
  const auto tree = nn::sequence_tree(3000, 3);
  const std::vector<at::Tensor> features{at::randn({3000, 4}), {}, at::randn({188, 2})};
  const auto prepared = network.prepare(tree);
  const auto expected = network(features, prepared);
  for (const int threads : {1, 4}) {
    const ThreadCount count(threads);
    const auto rows = network(features, tree);
    for (int l = 0; l < 3; ++l) EXPECT_TRUE(at::equal(rows.level[l], expected.level[l])) << threads << l;
  }
  const auto there = network({features[0].to(test::tested_device()), {}, features[2].to(test::tested_device())}, tree);
  EXPECT_LT((there.level[2].cpu() - expected.level[2]).abs().max().item<float>(), 1e-3);
}

TEST(HierarchyNetwork, ErrorsAreSentences) {
  const HierarchyNetwork network(kTogether, {3});
  const auto tree = seven_nodes();
  EXPECT_EQ(error_of([&] {
              network({at::zeros({4, 2})}, tree);
            }),
            "network: level 0 needs float32 features [4, 3] on cpu, found Float [4, 2] on cpu");
  EXPECT_EQ(error_of([&] {
              network({at::zeros({4, 3}, at::kDouble)}, tree);
            }),
            "network: level 0 needs float32 features [4, 3] on cpu, found Double [4, 3] on cpu");
  EXPECT_EQ(error_of([&] { network(std::vector<at::Tensor>(), tree); }),
            "network: level 0 needs features [4, 3], but has none");
  EXPECT_EQ(error_of([&] {
              network({at::zeros({4, 3})}, nn::sequence_tree(4, 2));
            }),
            "network: the tree has 2 levels, but the network has 3 widths");
  EXPECT_EQ(error_of([&] {
              network({at::zeros({4, 3})}, HierarchyNetwork(kTogether, {3}).prepare(tree));
            }),
            "network: the tree was prepared by another network, or not at all");
  auto broken = tree;
  broken.level[0].parent[1] = 2;
  EXPECT_EQ(error_of([&] { network.prepare(broken); }),
            "tree: level 0, node 1: has the parent 2, but the next level has 2 nodes, counted from 0");
  EXPECT_EQ(error_of([] { HierarchyNetwork(R"({"widths": [8], "cell_size": 2})", {1}); }),
            "recipe: network: \"cell_size\" belongs to clouds; nodes and their inputs are given here");
  EXPECT_EQ(error_of([] {
              HierarchyNetwork(R"({"widths": [8]})", {1, 2});
            }),
            "network: columns of 2 levels, but \"widths\" has 1");
}

}  // namespace
}  // namespace treewalk
