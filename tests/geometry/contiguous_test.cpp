// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Clusters of sequences, which are intervals.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "core/device/threads.h"
#include "core/geometry/clusters.h"
#include "core/geometry/node_record.h"
#include "core/geometry/own_tree.h"
#include "tests/stand_in/device.h"
#include "tests/support/support.h"

namespace treewalk {
namespace {

using Ints = std::vector<int>;

Ints ints(const at::Tensor& t) { return {t.const_data_ptr<int>(), t.const_data_ptr<int>() + t.numel()}; }

/// Seeds of sequences of these lengths, one after the other.
Seeds seeds_of(const std::vector<int>& lengths, int branch) {
  std::vector<at::Tensor> home;
  Ints homes{0}, near{0}, beside;
  int seeds = 0, nodes = 0;
  for (const int length : lengths) {
    const auto own = sequence_hierarchy(length, 2, branch, 2);
    home.push_back(own.parent[0] + seeds);
    const auto first = ints(own.children[1].offset), column = ints(own.near[1].column), row = ints(own.near[1].offset);
    for (std::size_t c = 1; c < first.size(); ++c) homes.push_back(nodes + first[c]);
    for (std::size_t c = 1; c < row.size(); ++c) near.push_back(static_cast<int>(beside.size()) + row[c]);
    for (const int c : column) beside.push_back(c + seeds);
    seeds += static_cast<int>(own.size(1));
    nodes += length;
  }
  return make_seeds(at::cat(home), {at::tensor(homes, at::kInt), at::arange(nodes, at::kInt), nodes},
                    {at::tensor(near, at::kInt), at::tensor(beside, at::kInt), seeds}, 3);
}

/// One node after the other, and seeds at 0, 1, 2 .. of size 1: z of seed c is -(P - c)^2.
ClusterInput input_of(const std::vector<float>& place, std::int64_t seeds) {
  ClusterInput input;
  const auto records = [](const at::Tensor& x) {
    auto node = at::zeros({x.size(0), kNodeRecord});
    node.select(1, 0).copy_(x);
    node.select(1, 3).fill_(1);
    node.select(1, 7).fill_(1);
    return node;
  };
  input.node = records(at::tensor(place));
  input.seed = records(at::arange(seeds, at::kFloat));
  input.weight = at::tensor({0.0, 1.0, 0.0}, at::kDouble);
  input.contiguous = true;
  return input;
}

TEST(Contiguous, CutsAreThoseWorkedByHand) {
  // By how much z of the first seed is above that of the second: 1 - 2 P.
  const auto parents = [](const std::vector<float>& above, bool contiguous) {
    std::vector<float> place;
    for (const float d : above) place.push_back((1 - d) / 2);
    auto input = input_of(place, 2);
    input.contiguous = contiguous;
    return ints(assign_clusters(seeds_of({6}, 3), input, false).parent);
  };
  EXPECT_EQ(parents({2, 2, 1, -1, -2, -2}, true), (Ints{0, 0, 0, 1, 1, 1}));
  EXPECT_EQ(parents({1, -.5, 1, -1, 1, -2}, false), (Ints{0, 1, 0, 1, 0, 1})) << "without it they alternate";
  EXPECT_EQ(parents({1, -.5, 1, -1, 1, -2}, true), (Ints{0, 0, 0, 1, 1, 1}));
  EXPECT_EQ(parents({1, 1, 1, 0, -1, -2}, true), (Ints{0, 0, 0, 1, 1, 1})) << "the first of two maxima";
  EXPECT_EQ(parents({-9, -9, -9, -9, -9, -9}, true), (Ints{0, 0, 1, 1, 1, 1})) << "the middle of its homes stays";
  EXPECT_EQ(parents({9, 9, 9, 9, 9, 9}, true), (Ints{0, 0, 0, 0, 1, 1}));
}

TEST(Contiguous, BoundariesAreTheBestOnesInEverySequence) {
  std::mt19937 random(1);
  const auto uniform = [&] { return static_cast<float>(random() % 4001) / 1000 - 2; };
  for (int round = 0; round < 60; ++round) {
    const int branch = 2 + random() % 6;
    std::vector<int> lengths(1 + random() % 4);
    for (int& length : lengths) length = 1 + random() % 40;
    const auto seeds = seeds_of(lengths, branch);
    const auto home = ints(seeds.home);
    std::vector<float> place;
    for (const int h : home) place.push_back(static_cast<float>(h) + uniform());
    const auto input = input_of(place, seeds.homes.rows());
    const auto parent = ints(assign_clusters(seeds, input, false).parent);
    const auto z = [&](int u, int c) { return -(double(place[u]) - c) * (double(place[u]) - c); };
    int first = 0;
    for (const int length : lengths) {
      const int clusters = (length + branch - 1) / branch, before = home[first];
      Ints cut{first};
      const auto middle = [&](int c) {  // of the homes' places
        return (2 * first + c * branch + std::min((c + 1) * branch, length)) / 2;
      };
      for (int c = 0; c + 1 < clusters; ++c) {
        double best = -INFINITY;
        int chosen = -1;
        for (int t = middle(c) + 1; t <= middle(c + 1); ++t) {
          double gain = 0;
          for (int u = middle(c) + 1; u < middle(c + 1); ++u) gain += z(u, before + c + (u >= t));
          if (gain > best + 1e-9) best = gain, chosen = t;
        }
        cut.push_back(chosen);
      }
      cut.push_back(first + length);
      for (int c = 0; c < clusters; ++c) {
        EXPECT_LT(cut[c], cut[c + 1]) << "none is empty";
        for (int u = cut[c]; u < cut[c + 1]; ++u) EXPECT_EQ(parent[u], before + c) << u;
      }
      first += length;
    }
  }
}

TEST(Contiguous, IsTheSameForAnyNumberOfThreadsAndOnADevice) {
  std::mt19937 random(2);
  const auto seeds = seeds_of({3000, 5, 4001}, 4);
  std::vector<float> place;
  for (const int h : ints(seeds.home))
    place.push_back(static_cast<float>(h) + static_cast<float>(random() % 2000) / 1000 - 1);
  auto input = input_of(place, seeds.homes.rows());
  std::vector<at::Tensor> found;
  for (const int threads : {1, 4}) {
    const ThreadCount count(threads);
    found.push_back(assign_clusters(seeds, input, false).parent);
  }
  EXPECT_TRUE(at::equal(found[0], found[1]));
  const auto device = test::tested_device();
  const auto there = [&](const Csr& rows) { return Csr{rows.offset.to(device), rows.column.to(device), rows.columns}; };
  for (auto* tensor : {&input.node, &input.seed, &input.weight}) *tensor = tensor->to(device);
  const auto on_device = make_seeds(seeds.home.to(device), there(seeds.homes), there(seeds.near), seeds.slots);
  EXPECT_TRUE(test::bits_there(assign_clusters(on_device, input, false).parent, found[0]));
}

}  // namespace
}  // namespace treewalk
