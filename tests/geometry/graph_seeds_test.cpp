// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/geometry/graph_seeds.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "core/device/threads.h"
#include "tests/stand_in/device.h"
#include "tests/support/support.h"

namespace treewalk {
namespace {

using test::bits_there;
using test::same_tensor;
using test::tested_device;
using Ints = std::vector<int>;

Ints ints(const at::Tensor& t) { return {t.const_data_ptr<int>(), t.const_data_ptr<int>() + t.numel()}; }

/// A graph of edges, both ways.
Csr graph_of(int nodes, const std::vector<std::pair<int, int>>& edges) {
  std::vector<std::set<int>> row(nodes);
  for (const auto& [a, b] : edges) row[a].insert(b), row[b].insert(a);
  Ints offset{0}, column;
  for (const auto& r : row) {
    column.insert(column.end(), r.begin(), r.end());
    offset.push_back(static_cast<int>(column.size()));
  }
  return {at::tensor(offset, at::kInt), at::tensor(column, at::kInt), nodes};
}
Csr path_of(int nodes, bool closed = false) {
  std::vector<std::pair<int, int>> edges;
  for (int u = 0; u + 1 < nodes; ++u) edges.emplace_back(u, u + 1);
  if (closed) edges.emplace_back(nodes - 1, 0);
  return graph_of(nodes, edges);
}
Csr random_graph(int nodes, double degree, std::mt19937& random) {
  std::vector<std::pair<int, int>> edges;
  for (int e = 0; e < nodes * degree / 2; ++e) {
    const int a = random() % nodes, b = random() % nodes;
    if (a != b) edges.emplace_back(a, b);
  }
  return graph_of(nodes, edges);
}
Csr there(const Csr& graph) {
  return {graph.offset.to(tested_device()), graph.column.to(tested_device()), graph.columns};
}
at::Tensor longs(const std::vector<std::int64_t>& values) { return at::tensor(values, at::kLong); }

TEST(GraphSeeds, OfPathAndCycleAreThoseWorkedByHand) {
  const auto path = graph_seeds(path_of(6), longs({3, 1, 2, 5, 4, 0}));
  EXPECT_EQ(ints(path.seed), (Ints{0, 3, 5}));
  EXPECT_EQ(path.rounds, 2);
  EXPECT_EQ(ints(path.home), (Ints{0, 0, 1, 1, 1, 2})) << "4 lies beside 3 and 5";
  const auto cycle = graph_seeds(path_of(6, true), longs({3, 1, 2, 5, 4, 0}));
  EXPECT_EQ(ints(cycle.seed), (Ints{0, 3}));
  EXPECT_EQ(cycle.rounds, 1);
  const auto equal = graph_seeds(path_of(6), longs({7, 7, 7, 7, 7, 7}));
  EXPECT_EQ(ints(equal.seed), (Ints{0, 2, 4}));
  EXPECT_EQ(equal.rounds, 3);
}

TEST(GraphSeeds, AreWhatGreedyInOrderOfPriorityGives) {
  std::mt19937 random(1);
  for (int round = 0; round < 40; ++round) {
    const int nodes = 1 + random() % 300;
    const auto graph = random_graph(nodes, 1 + round % 9, random);
    std::vector<std::int64_t> priority(nodes);
    for (auto& p : priority) p = random() % (round % 2 ? 5 : 1000000) - 2;
    Ints order(nodes), taken(nodes, 0), seeds;
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return priority[a] > priority[b]; });
    const auto first = ints(graph.offset), column = ints(graph.column);
    for (const int u : order) {
      if (taken[u]) continue;
      seeds.push_back(u);
      taken[u] = 1;
      for (int e = first[u]; e < first[u + 1]; ++e) taken[column[e]] = 1;
    }
    std::sort(seeds.begin(), seeds.end());
    const auto found = graph_seeds(graph, longs(priority));
    ASSERT_EQ(ints(found.seed), seeds);
    const auto home = ints(found.home);
    for (int u = 0; u < nodes; ++u) {
      Ints near;
      for (std::size_t s = 0; s < seeds.size(); ++s)
        if (seeds[s] == u || std::count(column.begin() + first[u], column.begin() + first[u + 1], seeds[s]))
          near.push_back(static_cast<int>(s));
      ASSERT_EQ(home[u], near.front()) << "no other seed lies beside a seed";
    }
  }
}

TEST(GraphSeeds, OfAPathTakeFewRounds) {
  const auto seeds = graph_seeds(path_of(20000), hashed_priorities(20000, at::kCPU));
  EXPECT_LE(seeds.rounds, 12);
  EXPECT_NEAR(seeds.seed.size(0) / 20000.0, 0.432, 0.01) << "(1 - e^-2) / 2, random sequential adsorption";
}

/// How many edges join each pair of clusters.
std::map<std::pair<int, int>, int> joined(const Csr& graph, const Ints& home) {
  std::map<std::pair<int, int>, int> edges;
  const auto first = ints(graph.offset), column = ints(graph.column);
  for (int u = 0; u < graph.rows(); ++u)
    for (int e = first[u]; e < first[u + 1]; ++e)
      if (home[u] != home[column[e]]) ++edges[{home[u], home[column[e]]}];
  return edges;
}

TEST(ClusterGraph, CountsTheEdgesBetweenHomes) {
  std::mt19937 random(2);
  for (int round = 0; round < 20; ++round) {
    const int nodes = 1 + random() % 200, clusters = 1 + random() % 20, most = random() % 6;
    const auto graph = random_graph(nodes, 4, random);
    Ints home(nodes);
    for (auto& h : home) h = random() % clusters;
    const auto found = cluster_graph(graph, at::tensor(home, at::kInt), clusters);
    found.graph.check();
    Ints row, column, weight;
    for (const auto& [pair, count] : joined(graph, home))
      row.push_back(pair.first), column.push_back(pair.second), weight.push_back(count);
    EXPECT_EQ(ints(found.graph.column), column);
    EXPECT_EQ(ints(found.weight), weight);
    const auto first = ints(found.graph.offset), chosen = ints(heaviest(found, most).column),
               begin = ints(heaviest(found, most).offset);
    for (int c = 0; c < clusters; ++c) {
      EXPECT_EQ(first[c + 1] - first[c], std::count(row.begin(), row.end(), c));
      std::vector<std::pair<int, int>> order;
      for (int e = first[c]; e < first[c + 1]; ++e) order.emplace_back(-weight[e], column[e]);
      std::sort(order.begin(), order.end());
      order.resize(std::min<std::size_t>(order.size(), most));
      Ints expected;
      for (const auto& [minus, c2] : order) expected.push_back(c2);
      EXPECT_EQ((Ints{chosen.begin() + begin[c], chosen.begin() + begin[c + 1]}), expected);
    }
  }
}

TEST(GraphHierarchy, OfAPathIsTheOneWorkedByHand) {
  // Levels by homes; priorities are the hash's, so its seeds are taken from there.
  const auto graph = path_of(6);
  const auto seeds = graph_seeds(graph, hashed_priorities(6, at::kCPU));
  const auto hierarchy = graph_hierarchy(graph, 3, 8);
  ASSERT_EQ(hierarchy.levels(), 3);
  EXPECT_EQ(hierarchy.size(1), seeds.seed.size(0));
  EXPECT_EQ(hierarchy.size(2), 1);
  EXPECT_EQ(ints(hierarchy.parent[0]), ints(seeds.home));
  EXPECT_EQ(hierarchy.records(2)[0][7].item<float>(), 6);
  EXPECT_EQ(ints(hierarchy.siblings[0].column), (Ints{1, 0, 2, 1, 3, 2, 4, 3, 5, 4}));
}

TEST(GraphHierarchy, TakesEdgesBothWaysAndLeavesLoopsOut) {
  const Csr one_way{at::tensor({0, 2, 3, 3, 3}, at::kInt), at::tensor({0, 1, 2}, at::kInt), 4};
  const auto hierarchy = graph_hierarchy(one_way, 2, 8);
  EXPECT_EQ(ints(hierarchy.siblings[0].offset), (Ints{0, 1, 3, 4, 4}));
  EXPECT_EQ(ints(hierarchy.siblings[0].column), (Ints{1, 0, 2, 1}));
  EXPECT_EQ(hierarchy.size(1), 1);
  EXPECT_EQ(graph_hierarchy({at::zeros({1}, at::kInt), at::empty({0}, at::kInt), 0}, 3, 8).node.size(0), 0);
  const auto alone = graph_hierarchy({at::zeros({4}, at::kInt), at::empty({0}, at::kInt), 3}, 3, 8);
  EXPECT_EQ(alone.size(1), 3) << "nodes without edges are seeds";
}

TEST(GraphHierarchy, LevelsFitTogether) {
  std::mt19937 random(3);
  const auto graph = random_graph(500, 5, random);
  const auto hierarchy = graph_hierarchy(graph, 4, 3);
  auto own = graph;
  for (int l = 0; l + 1 < hierarchy.levels(); ++l) {
    const auto home = ints(hierarchy.parent[l]), first = ints(hierarchy.children[l + 1].offset),
               child = ints(hierarchy.children[l + 1].column);
    for (int c = 0; c + 1 < static_cast<int>(first.size()); ++c) {
      double leaves = 0;
      for (int i = first[c]; i < first[c + 1]; ++i) {
        EXPECT_EQ(home[child[i]], c);
        if (i > first[c]) {
          EXPECT_LT(child[i - 1], child[i]);
        }
        leaves += hierarchy.records(l)[child[i]][7].item<float>();
      }
      EXPECT_EQ(hierarchy.records(l + 1)[c][7].item<float>(), leaves);
    }
    const auto above = cluster_graph(own, hierarchy.parent[l], hierarchy.size(l + 1));
    EXPECT_EQ(ints(hierarchy.siblings[l + 1].column), ints(heaviest(above, 3).column)) << l;
    own = above.graph;
  }
  EXPECT_EQ(hierarchy.size(3), 1);
}

TEST(GraphHierarchy, IsTheSameForAnyNumberOfThreadsAndOnEveryDevice) {
  std::mt19937 random(4);
  const auto graph = random_graph(5000, 6, random);
  std::vector<Hierarchy> found;
  for (const int threads : {1, 4}) {
    const ThreadCount count(threads);
    found.push_back(graph_hierarchy(graph, 4, 8));
  }
  found.push_back(graph_hierarchy(there(graph), 4, 8));
  for (std::size_t i = 1; i < found.size(); ++i) {
    const auto same = i == 1 ? same_tensor : bits_there;
    ASSERT_EQ(found[i].first, found[0].first);
    EXPECT_TRUE(same(found[i].node, found[0].node));
    for (int l = 0; l < 4; ++l) {
      if (l < 3) {
        EXPECT_TRUE(same(found[i].parent[l], found[0].parent[l]));
      }
      if (l > 0) {
        EXPECT_TRUE(same(found[i].children[l].column, found[0].children[l].column));
      }
      EXPECT_TRUE(same(found[i].siblings[l].offset, found[0].siblings[l].offset));
      EXPECT_TRUE(same(found[i].siblings[l].column, found[0].siblings[l].column));
    }
  }
}

}  // namespace
}  // namespace treewalk
