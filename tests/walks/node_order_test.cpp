// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/walks/node_order.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "core/walks/modulation.h"
#include "core/walks/public_graph.h"
#include "tests/support/walk_graphs.h"
#include "treewalk/masked_attention.h"

using namespace treewalk;
using namespace treewalk::test;

namespace {

constexpr int kSide = 150;  // of a grid: 22,500 nodes, more than is looked at

/// A grid, its nodes numbered row by row; node u is called name[u].
Edges grid(const std::vector<std::int32_t>& name) {
  Edges edges(kSide * kSide);
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x) {
      auto& row = edges[name[y * kSide + x]];
      const auto add = [&](int to_x, int to_y) {
        if (to_x >= 0 && to_y >= 0 && to_x < kSide && to_y < kSide) row.push_back(name[to_y * kSide + to_x]);
      };
      add(x + 1, y), add(x - 1, y), add(x, y + 1), add(x, y - 1);
    }
  return edges;
}

std::vector<std::int32_t> in_turn() {
  std::vector<std::int32_t> name(kSide * kSide);
  std::iota(name.begin(), name.end(), 0);
  return name;
}

std::vector<std::int32_t> shuffled() {
  auto name = in_turn();
  std::shuffle(name.begin(), name.end(), std::mt19937(1));
  return name;
}

std::vector<std::int32_t> row_of(const Csr& graph, std::int64_t row) {
  const auto* column = graph.column.const_data_ptr<std::int32_t>();
  const auto* offset = graph.offset.const_data_ptr<std::int32_t>();
  return {column + offset[row], column + offset[row + 1]};
}

TEST(NodeOrder, IsNeededWhereNeighboursHaveFarNumbersOnly) {
  EXPECT_FALSE(is_scattered(csr_of(grid(in_turn()))));
  EXPECT_TRUE(is_scattered(csr_of(grid(shuffled()))));
  EXPECT_FALSE(is_scattered(csr_of(small_world(100, 1)))) << "all of it fits into a cache";
  EXPECT_FALSE(is_scattered(csr_of(Edges(20000)))) << "no edges";
}

TEST(NodeOrder, BringsNeighboursTogether) {
  const auto edges = grid(shuffled());
  const auto graph = csr_of(edges);
  const auto order = order_by_patches(graph);
  const auto n = graph.rows();
  EXPECT_TRUE(std::get<0>(order.node.sort()).equal(at::arange(n)));
  EXPECT_TRUE(order.place.index_select(0, order.node).equal(at::arange(n, at::kInt)));
  const auto near = renumbered(graph, order);
  EXPECT_FALSE(is_scattered(near));
  near.check();
  for (std::int64_t place = 0; place < n; place += 97) {
    auto row = row_of(near, place);
    for (auto& v : row) v = static_cast<std::int32_t>(order.node[v].item<std::int64_t>());
    ASSERT_EQ(row, edges[order.node[place].item<std::int64_t>()]);
  }
}

// Edges that lead one way, nodes without any, and parts without a way between them.
TEST(NodeOrder, HasEveryNodeOfAnyGraphOnce) {
  std::mt19937 random(2);
  for (const int nodes : {0, 1, 7, 3000}) {
    Edges edges(nodes);
    for (auto& row : edges)
      for (int k = static_cast<int>(random() % 3); k > 0; --k)
        row.push_back(static_cast<std::int32_t>(random() % static_cast<unsigned>(nodes)));
    const auto order = order_by_patches(csr_of(edges));
    EXPECT_TRUE(std::get<0>(order.node.sort()).equal(at::arange(nodes)));
    const auto again = restored(renumbered(csr_of(edges), order), order);
    for (int u = 0; u < nodes; ++u) {
      std::sort(edges[u].begin(), edges[u].end());
      ASSERT_EQ(row_of(again.rows, u), edges[u]);
    }
    EXPECT_TRUE(std::get<0>(again.entry.sort()).equal(at::arange(again.entry.size(0), at::kInt)));
  }
}

// Walks know nodes by the numbers that they were given, so the mask of a graph is what it is without another order.
TEST(NodeOrder, ChangesNoMask) {
  const auto graph = arrays_of(grid(shuffled()));
  WalkOptions walks, powers;
  walks.hops = 3;
  walks.walkers = 4;
  walks.modulation = {1, .7, .4, .2};
  powers.walkers = 0;
  powers.modulation = {1, .5, .25};
  for (const auto& options : {walks, powers}) {
    const auto mask = walk_mask(graph, options);
    const auto plain = walk_basis(walk_graph_of(graph, options), options);
    const auto value = modulated(plain, at::tensor(options.modulation, at::kFloat).unsqueeze(0));
    const auto* column = plain.rows.column.const_data_ptr<std::int32_t>();
    ASSERT_EQ(mask.column, std::vector<std::int32_t>(column, column + plain.rows.entries()));
    double largest = 0;
    for (std::size_t e = 0; e < mask.value.size(); ++e)
      largest =
          std::max(largest, std::abs(double(mask.value[e]) - value[static_cast<std::int64_t>(e)][0].item<float>()));
    EXPECT_LE(largest, options.powers() ? 1e-7 : 0) << "powers are sums in another order";
  }
}

// The same graph with other names: what comes out has other names, and so do gradients.
TEST(NodeOrder, AttentionComesBackInTheOrderOfTheCaller) {
  const auto name = shuffled();
  const auto names = at::tensor(name, at::kInt).to(at::kLong);  // of the nodes in turn
  at::manual_seed(3);
  for (const bool symmetric : {false, true}) {
    WalkOptions options;
    options.walkers = 0;
    options.symmetric = symmetric;
    const MaskedAttention near(arrays_of(grid(in_turn())), options), far(arrays_of(grid(name)), options);
    const auto f = at::rand({2, 3}, at::kDouble) + .1;
    std::vector<at::Tensor> inputs[2];
    at::Tensor out[2];
    const auto weight = at::randn({kSide * kSide, 6}, at::kDouble);
    for (int k = 0; k < 3; ++k) {
      const auto x = at::randn({kSide * kSide, k == 2 ? 6 : 4}, at::kDouble);
      inputs[0].push_back(x.clone().requires_grad_(true));
      inputs[1].push_back(at::empty_like(x).index_copy_(0, names, x).requires_grad_(true));
    }
    for (const int of : {0, 1}) {
      inputs[of].push_back(f.clone().requires_grad_(true));
      const auto& in = inputs[of];
      out[of] = (of ? far : near)(in[0], in[1], in[2], in[3]);
      (out[of] * (of ? at::empty_like(weight).index_copy_(0, names, weight) : weight)).sum().backward();
    }
    const auto same = [&](const at::Tensor& a, const at::Tensor& b) {
      return (a - b.index_select(0, names)).abs().max().item<double>();
    };
    EXPECT_LT(same(out[0].detach(), out[1].detach()), 1e-12);
    for (int k = 0; k < 3; ++k) EXPECT_LT(same(inputs[0][k].grad(), inputs[1][k].grad()), 1e-11) << k;
    EXPECT_LT((inputs[0][3].grad() - inputs[1][3].grad()).abs().max().item<double>(), 1e-8);
    // Entry by entry: the mask at (name of u, name of v).
    const auto value = near.mask(f), renamed = far.mask(f);
    const Csr rows{near.offset(), near.column(), kSide * kSide}, far_rows{far.offset(), far.column(), kSide * kSide};
    for (int u = 0; u < kSide * kSide; u += 101) {
      const auto own = row_of(rows, u), theirs = row_of(far_rows, name[u]);
      ASSERT_EQ(own.size(), theirs.size());
      ASSERT_TRUE(std::is_sorted(theirs.begin(), theirs.end()));
      for (std::size_t k = 0; k < own.size(); ++k) {
        const auto at = std::lower_bound(theirs.begin(), theirs.end(), name[own[k]]) - theirs.begin();
        const auto one = value[rows.offset[u].item<int>() + static_cast<int>(k)],
                   other = renamed[far_rows.offset[name[u]].item<int>() + static_cast<int>(at)];
        ASSERT_LT((one - other).abs().max().item<double>(), 1e-12);
      }
    }
  }
}

}  // namespace
