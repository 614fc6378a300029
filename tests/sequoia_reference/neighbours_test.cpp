// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <vector>

#include "tests/sequoia_reference/examples.h"
#include "tests/sequoia_reference/nearest_by_tree.h"
#include "tests/sequoia_reference/tree_layer.h"

namespace treewalk::sequoia_reference {
namespace {

TEST(ReleasedNeighbours, AreTheNearestOfTheSameCloudNearestFirst) {
  const Batch batch = surfaces_batch(2, 200, 3, Embedding::of_normals);
  for (const std::int64_t k : {8, 16})
    for (int i = 0; i + 1 < kLevels; ++i) {
      const Level& level = batch.level[i];
      const at::Tensor row = nearest_by_sorting(level, k);
      const at::Tensor p = level.position.to(at::kDouble);
      for (std::int64_t u = 0; u < level.nodes(); ++u) {
        const std::int64_t cloud = u >= level.first[1], begin = level.first[cloud], end = level.first[cloud + 1];
        std::vector<double> all;
        for (std::int64_t v = begin; v < end; ++v) all.push_back((p[u] - p[v]).square().sum().item<double>());
        std::sort(all.begin(), all.end());
        std::set<std::int64_t> distinct;
        for (std::int64_t e = 0; e < k; ++e) {
          const auto v = row[u][e].item<std::int64_t>();
          ASSERT_TRUE(v >= begin && v < end);
          EXPECT_NEAR((p[u] - p[v]).square().sum().item<double>(), all[e], 2e-6);
          distinct.insert(v);
        }
        EXPECT_EQ(std::int64_t(distinct.size()), k);
      }
      EXPECT_TRUE(at::equal(row.select(1, 0), at::arange(level.nodes(), at::kLong)));
    }
}

TEST(ReleasedNeighbours, OfASmallLevelRepeatTheNearest) {
  const at::Tensor position = five_corners(60);
  const Batch batch = make_batch({build_tree(position)}, {position});
  ASSERT_EQ(batch.level[2].nodes(), 5);
  const at::Tensor row = nearest_by_sorting(batch.level[2], 8);
  for (std::int64_t u = 0; u < 5; ++u) {
    EXPECT_EQ(row[u][0].item<std::int64_t>(), u);
    for (int e = 5; e < 8; ++e) EXPECT_EQ(row[u][e].item<std::int64_t>(), u);
  }
}

/// Distances of the nodes to those that each row names.
at::Tensor distances(const Level& level, const at::Tensor& row) {
  const at::Tensor p = level.position.to(at::kDouble);
  const at::Tensor to = p.index_select(0, row.flatten()).view({row.size(0), row.size(1), 3});
  return (to - p.unsqueeze(1)).square().sum(2).sqrt();
}

std::vector<Batch> several_batches() {
  const at::Tensor position = five_corners(60);
  return {surfaces_batch(4, 200, 3, Embedding::of_normals), surfaces_batch(1, 9, 5, Embedding::of_normals),
          make_batch({build_tree(position)}, {position})};
}

TEST(ReleasedNeighbours, BySelectionAreThoseBySortingWhereNoNodesAreEquallyFar) {
  for (const Batch& batch : several_batches())
    for (const std::int64_t k : {1, 8, 16})
      for (int i = 0; i + 1 < kLevels; ++i) {
        const Level level = apart(batch).level[i];
        EXPECT_TRUE(at::equal(nearest_by_selection(level, k), nearest_by_sorting(level, k))) << k << ", level " << i;
      }
}

TEST(ReleasedNeighbours, BySelectionAreExactlyAsNearAsThoseBySorting) {
  for (const Batch& batch : several_batches())
    for (const std::int64_t k : {8, 16})
      for (int i = 0; i + 1 < kLevels; ++i) {
        const Level& level = batch.level[i];
        const at::Tensor row = nearest_by_selection(level, k), sorted = nearest_by_sorting(level, k);
        for (std::size_t c = 0; c + 1 < level.first.size(); ++c) {
          const std::int64_t begin = level.first[c], n = level.first[c + 1] - begin;
          const at::Tensor all = squared_distances(level.position, begin, begin + n);
          const auto of = [&](const at::Tensor& x) { return all.gather(1, x.narrow(0, begin, n) - begin); };
          EXPECT_TRUE(at::equal(of(row), of(sorted))) << k << ", level " << i;
        }
      }
}

TEST(ReleasedNeighbours, OfTheTreeAreAsNearAsThoseBySorting) {
  for (const Batch& batch : several_batches())
    for (const std::int64_t k : {1, 8, 16})
      for (int i = 0; i + 1 < kLevels; ++i) {
        const Level& level = batch.level[i];
        const at::Tensor row = nearest_by_tree(level, k), sorted = nearest_by_sorting(level, k);
        EXPECT_TRUE(at::equal(row.select(1, 0), sorted.select(1, 0))) << k << ", level " << i;
        EXPECT_TRUE(at::allclose(distances(level, row), distances(level, sorted), 0, 2e-3)) << k << ", level " << i;
      }
}

}  // namespace
}  // namespace treewalk::sequoia_reference
