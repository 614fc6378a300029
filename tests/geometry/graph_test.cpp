// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/geometry/graph.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <vector>

#include "core/geometry/knn.h"
#include "tests/support/support.h"

using namespace treewalk;
using namespace treewalk::test;

namespace {

using Rows = std::vector<std::vector<std::int32_t>>;

at::Tensor tensor_of(const std::vector<std::int32_t>& values) {
  auto tensor = at::empty({static_cast<std::int64_t>(values.size())}, at::kInt);
  std::copy(values.begin(), values.end(), tensor.data_ptr<std::int32_t>());
  return tensor;
}

Csr csr_of(const Rows& rows, std::int64_t columns) {
  std::vector<std::int32_t> offset{0}, column;
  for (const auto& row : rows) {
    column.insert(column.end(), row.begin(), row.end());
    offset.push_back(static_cast<std::int32_t>(column.size()));
  }
  return {tensor_of(offset), tensor_of(column), columns};
}

Rows rows_of(const Csr& graph) {
  graph.check();
  Rows rows(graph.rows());
  const auto *offset = graph.offset.const_data_ptr<std::int32_t>(),
             *column = graph.column.const_data_ptr<std::int32_t>();
  for (std::int64_t r = 0; r < graph.rows(); ++r) rows[r].assign(column + offset[r], column + offset[r + 1]);
  return rows;
}

Rows random_rows(std::int64_t rows, std::int64_t columns, int most, int seed) {
  std::mt19937 random(seed);
  Rows result(rows);
  for (auto& row : result)
    for (int left = static_cast<int>(random() % (most + 1)); left > 0; --left)
      row.push_back(static_cast<std::int32_t>(random() % columns));
  return result;
}

}  // namespace

TEST(Graph, HandMadeTransposeUnionAndIntersection) {
  const Csr graph = csr_of({{2, 1}, {0}, {}}, 3);
  const Transposed transposed = transpose(graph);
  EXPECT_EQ(rows_of(transposed.graph), (Rows{{1}, {0}, {0}}));
  EXPECT_TRUE(same_tensor(transposed.entry, tensor_of({2, 1, 0})));
  EXPECT_EQ(rows_of(unite(graph)), (Rows{{1, 2}, {0}, {0}}));
  EXPECT_EQ(rows_of(mutual(graph)), (Rows{{1}, {0}, {}}));
}

TEST(Graph, TransposeTellsWhereEachEntryCameFrom) {
  for (const auto& [rows, columns] : {std::pair<int, int>{40000, 3000}, {7, 100000}, {1, 1}, {3, 0}, {0, 5}}) {
    const Csr graph = csr_of(random_rows(rows, std::max(columns, 1), columns == 0 ? 0 : 6, rows), columns);
    with_threads([&, rows = rows, columns = columns] {
      const Transposed transposed = transpose(graph);
      transposed.graph.check();
      ASSERT_EQ(transposed.graph.rows(), columns);
      ASSERT_EQ(transposed.graph.columns, rows);
      const auto *offset = graph.offset.const_data_ptr<std::int32_t>(),
                 *column = graph.column.const_data_ptr<std::int32_t>();
      const auto* entry = transposed.entry.const_data_ptr<std::int32_t>();
      std::vector<bool> seen(graph.entries());
      std::int64_t i = 0;
      const Rows back = rows_of(transposed.graph);
      for (std::int32_t c = 0; c < columns; ++c)
        for (std::size_t n = 0; n < back[c].size(); ++n, ++i) {
          EXPECT_TRUE(n == 0 || entry[i - 1] < entry[i]);
          EXPECT_EQ(column[entry[i]], c);
          EXPECT_TRUE(offset[back[c][n]] <= entry[i] && entry[i] < offset[back[c][n] + 1]);
          EXPECT_FALSE(seen[entry[i]]);
          seen[entry[i]] = true;
        }
      EXPECT_EQ(i, graph.entries());
    });
  }
}

TEST(Graph, UniteAndMutualEqualSetOperations) {
  for (const int size : {1, 50, 20000}) {
    const Rows rows = random_rows(size, size, 9, size);  // repeated and self edges included
    std::vector<std::set<std::int32_t>> out(size), in(size);
    for (std::int32_t r = 0; r < size; ++r)
      for (const std::int32_t c : rows[r]) out[r].insert(c), in[c].insert(r);
    Rows either(size), both(size);
    for (std::int32_t r = 0; r < size; ++r) {
      std::set_union(out[r].begin(), out[r].end(), in[r].begin(), in[r].end(), std::back_inserter(either[r]));
      std::set_intersection(out[r].begin(), out[r].end(), in[r].begin(), in[r].end(), std::back_inserter(both[r]));
    }
    with_threads([&] {
      EXPECT_EQ(rows_of(unite(csr_of(rows, size))), either);
      EXPECT_EQ(rows_of(mutual(csr_of(rows, size))), both);
    });
  }
}

TEST(Graph, ToCsrDropsMissingNeighbours) {
  EXPECT_EQ(rows_of(to_csr(knn(points_of<float>({0, 0, 0, 1, 0, 0, 3, 0, 0}), 4), 3)), (Rows{{1, 2}, {0, 2}, {1, 0}}));
  EXPECT_EQ(rows_of(to_csr(knn(at::empty({0, 3}, at::kFloat), 4), 0)), Rows{});
  EXPECT_EQ(rows_of(to_csr(knn(uniform_points(1, 1), 4), 1)), (Rows{{}}));
}

TEST(Graph, CheckFindsBrokenGraphs) {
  EXPECT_THROW(csr_of({{0, 3}}, 3).check(), c10::Error);
  EXPECT_THROW(csr_of({{0, -1}}, 3).check(), c10::Error);
  Csr graph = csr_of({{0}, {1}}, 3);
  graph.offset[1] = 3;
  EXPECT_THROW(graph.check(), c10::Error);
  graph = csr_of({{0}, {1}}, 3);
  graph.offset[2] = 1;
  EXPECT_THROW(graph.check(), c10::Error);
  EXPECT_THROW((Csr{tensor_of({0}), tensor_of({1}).to(at::kLong), 3}.check()), c10::Error);
  EXPECT_THROW(unite(csr_of({{0}}, 3)), c10::Error);
}
