// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Bodies that share an item among lanes, as one, 8 and 32 lanes on host threads, against plain loops. Those of family
// and linear attention and of rows have tests of their own.
#include <gtest/gtest.h>

#include <cstdint>
#include <numeric>
#include <random>
#include <vector>

#include "core/attention/global_kernel.h"
#include "core/attention/sparse_kernel.h"
#include "core/features/cells_kernel.h"
#include "core/network/point_rows_kernel.h"
#include "tests/support/host_warp.h"

namespace treewalk {
namespace {

/// check() after the body has run for all items, once for each number of lanes. Results begin as what no body writes.
template <class Body, class Result, class Check>
void with_lanes(std::int64_t items, const Body& body, std::vector<Result>& result, const Check& check) {
  const std::vector<Result> before = result;
  const auto again = [&](const char* lanes, const auto& run) {
    SCOPED_TRACE(lanes);
    result = before;
    run();
    check();
  };
  again("1 lane", [&] {
    for (std::int64_t item = 0; item < items; ++item) body(item, OneLane{});
  });
  again("8 lanes", [&] { test::run_on_host_warp<8>(items, body); });
  again("32 lanes", [&] { test::run_on_host_warp<32>(items, body); });
}

std::vector<double> numbers(std::size_t size, int seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> unit(-1, 1);
  std::vector<double> x(size);
  for (double& value : x) value = unit(random);
  return x;
}

void expect_near(const std::vector<double>& found, const std::vector<double>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) ASSERT_NEAR(found[i], expected[i], 1e-12) << i;
}

/// Rows of a sparse matrix: empty, of one entry, of exactly a chunk of 8 and of 32, and longer.
const std::vector<std::int32_t> kLengths{0, 1, 8, 32, 45, 3};
constexpr int kColumns = 11;

struct Rows {
  std::vector<std::int32_t> offset{0}, column;
  Rows() {
    for (const auto length : kLengths) {
      for (int e = 0; e < length; ++e) column.push_back(static_cast<std::int32_t>((column.size() * 7 + e) % kColumns));
      offset.push_back(static_cast<std::int32_t>(column.size()));
    }
  }
  std::int64_t rows() const { return static_cast<std::int64_t>(kLengths.size()); }
};

/// The pieces of global attention: rows 0..2, none, and 3..6 of two groups.
struct Pieces {
  static constexpr int heads = 2, features = 5, width = 7, rows = 7;
  std::vector<std::int32_t> begin{0, 3, 3}, end{3, 3, 7}, group{0, 0, 1};
  std::vector<double> a = numbers(rows * heads * features, 1), b = numbers(rows * heads * width, 2);
  std::vector<double> state = numbers(2 * heads * features * width, 3);
  GlobalArrays<double> arrays() const {
    GlobalArrays<double> all;
    all.heads = heads, all.features = features, all.width = width;
    all.piece_begin = begin.data(), all.piece_end = end.data(), all.group_of_piece = group.data();
    all.a = a.data(), all.b = b.data(), all.state = state.data();
    return all;
  }
};

TEST(LaneBodies, OuterSums) {
  const Pieces in;
  std::vector<double> partial(3 * in.heads * in.features * in.width, 9), expected(partial.size(), 0);
  for (int piece = 0; piece < 3; ++piece)
    for (int i = in.begin[piece]; i < in.end[piece]; ++i)
      for (int h = 0; h < in.heads; ++h)
        for (int r = 0; r < in.features; ++r)
          for (int c = 0; c < in.width; ++c)
            expected[((piece * in.heads + h) * in.features + r) * in.width + c] +=
                in.a[(i * in.heads + h) * in.features + r] * in.b[(i * in.heads + h) * in.width + c];
  auto arrays = in.arrays();
  arrays.partial = partial.data();
  with_lanes(3 * in.heads, OuterSums<double>(arrays), partial, [&] { expect_near(partial, expected); });
}

TEST(LaneBodies, StateProducts) {
  const Pieces in;
  std::vector<double> result(in.rows * in.heads * in.width, 9), expected(result.size(), 0);
  for (int piece = 0; piece < 3; ++piece)
    for (int i = in.begin[piece]; i < in.end[piece]; ++i)
      for (int h = 0; h < in.heads; ++h)
        for (int r = 0; r < in.features; ++r)
          for (int c = 0; c < in.width; ++c)
            expected[(i * in.heads + h) * in.width + c] +=
                in.a[(i * in.heads + h) * in.features + r] *
                in.state[((in.group[piece] * in.heads + h) * in.features + r) * in.width + c];
  auto arrays = in.arrays();
  arrays.result = result.data();
  with_lanes(3 * in.heads, StateProducts<double>(arrays), result, [&] { expect_near(result, expected); });
}

class SparseLanes : public ::testing::TestWithParam<int> {};

TEST_P(SparseLanes, RowsAndTheirValueGradients) {
  const Rows rows;
  const int heads = 2, width = GetParam();
  const auto entries = static_cast<std::int32_t>(rows.column.size());
  for (const int value_heads : {1, heads})
    for (const bool transposed : {false, true}) {
      const auto value = numbers(std::size_t(entries) * value_heads, 4);
      const auto x = numbers(std::size_t(kColumns) * heads * width, 5);
      const auto dy = numbers(std::size_t(rows.rows()) * heads * width, 6);
      std::vector<std::int32_t> entry(entries);
      for (std::int32_t e = 0; e < entries; ++e) entry[e] = transposed ? entries - 1 - e : e;
      std::vector<double> y(dy.size(), 9), expected(dy.size(), 0);
      std::vector<double> gradient(std::size_t(entries) * heads, 9), expected_gradient(gradient.size(), 0);
      for (std::int64_t row = 0; row < rows.rows(); ++row)
        for (int h = 0; h < heads; ++h)
          for (std::int32_t e = rows.offset[row]; e < rows.offset[row + 1]; ++e)
            for (int c = 0; c < width; ++c) {
              const double from = x[(rows.column[e] * heads + h) * width + c];
              const double weight = value[entry[e] * value_heads + (value_heads > 1 ? h : 0)];
              expected[(row * heads + h) * width + c] += weight * from;
              expected_gradient[e * heads + h] += dy[(row * heads + h) * width + c] * from;
            }
      SparseArrays<double> arrays;
      arrays.rows = rows.rows();
      arrays.heads = heads, arrays.width = width, arrays.value_heads = value_heads;
      arrays.offset = rows.offset.data(), arrays.column = rows.column.data();
      arrays.entry = transposed ? entry.data() : nullptr;
      arrays.value = value.data(), arrays.x = x.data(), arrays.y_gradient = dy.data();
      arrays.y = y.data(), arrays.value_gradient = gradient.data();
      const auto items = rows.rows() * heads;
      with_lanes(items, SparseRows<double>(arrays), y, [&] { expect_near(y, expected); });
      with_lanes(items, SparseValueGradient<double>(arrays), gradient,
                 [&] { expect_near(gradient, expected_gradient); });
    }
}
INSTANTIATE_TEST_SUITE_P(Widths, SparseLanes, ::testing::Values(1, 8, 16, 33));

TEST(LaneBodies, PointRows) {
  const Rows rows;
  const std::vector<std::int32_t> leaf{3, 0, 4, 4, 1}, place{8, 2, 0, 5, 9};
  const auto points = static_cast<std::int64_t>(leaf.size());
  std::vector<std::uint8_t> leaf_relation;
  for (std::size_t e = 0; e < rows.column.size(); ++e) leaf_relation.push_back(static_cast<std::uint8_t>(e % 5));
  std::vector<float> node(kLengths.size() * kNodeRecord), position(10 * 3);
  for (std::size_t i = 0; i < node.size(); ++i) node[i] = static_cast<float>(i);
  for (std::size_t i = 0; i < position.size(); ++i) position[i] = -static_cast<float>(i);
  std::vector<std::int32_t> offset{0}, column, expected_column;
  std::vector<std::uint8_t> relation, expected_relation;
  std::vector<float> record(leaf.size() * kNodeRecord, 7);
  for (std::int64_t p = 0; p < points; ++p) {
    for (std::int32_t e = rows.offset[leaf[p]]; e < rows.offset[leaf[p] + 1]; ++e) {
      expected_column.push_back(rows.column[e]);
      expected_relation.push_back(leaf_relation[e]);
    }
    offset.push_back(static_cast<std::int32_t>(expected_column.size()));
  }
  column.assign(expected_column.size(), -1);
  relation.assign(expected_column.size(), 99);
  const PointRows body{leaf.data(),          place.data(),    rows.offset.data(), rows.column.data(),
                       leaf_relation.data(), offset.data(),   node.data(),        position.data(),
                       column.data(),        relation.data(), record.data()};
  with_lanes(points, body, record, [&] {
    EXPECT_EQ(column, expected_column);
    EXPECT_EQ(relation, expected_relation);
    for (std::int64_t p = 0; p < points; ++p)
      for (int c = 0; c < kNodeRecord; ++c)
        EXPECT_EQ(record[p * kNodeRecord + c], c < 3 ? position[place[p] * 3 + c] : node[leaf[p] * kNodeRecord + c]);
    column.assign(column.size(), -1);
    relation.assign(relation.size(), 99);
  });
}

TEST(LaneBodies, MeansOverPointsAndOverChildren) {
  constexpr int columns = 11;
  const std::vector<std::int32_t> first{0, 1, 4, 40}, child{0, 1, 3};
  const auto wide = numbers(std::size_t(first.back()) * columns, 7);
  const std::vector<float> value(wide.begin(), wide.end());
  const auto leaves = static_cast<std::int64_t>(first.size()) - 1, cells = static_cast<std::int64_t>(child.size()) - 1;
  std::vector<float> leaf(leaves * columns, 9), cell(cells * columns, 9);
  std::vector<Moments> small(leaves), large(cells);
  for (std::int64_t c = 0; c < leaves; ++c) small[c].count = first[c + 1] - first[c];
  for (std::int64_t c = 0; c < cells; ++c)
    for (int j = child[c]; j < child[c + 1]; ++j) large[c].count += small[j].count;
  const auto mean = [&](int from, int to, int k) {
    double sum = 0;
    for (int i = from; i < to; ++i) sum += value[i * columns + k];
    return sum / (to - from);
  };
  const MeanOverPoints over_points{first.data(), {value.data(), columns, columns, 1.0}, leaf.data(), columns};
  std::vector<float> of_one_lane;
  with_lanes(leaves, over_points, leaf, [&] {
    for (std::int64_t c = 0; c < leaves; ++c)
      for (int k = 0; k < columns; ++k) ASSERT_NEAR(leaf[c * columns + k], mean(first[c], first[c + 1], k), 1e-6);
    if (of_one_lane.empty()) of_one_lane = leaf;
    EXPECT_EQ(leaf, of_one_lane);  // every bit
  });
  std::vector<std::int32_t> member(leaves);
  std::iota(member.begin(), member.end(), 0);
  const MeanOverChildren over_children{child.data(), member.data(), small.data(), large.data(), columns,
                                       leaf.data(),  columns,       cell.data(),  columns};
  with_lanes(cells, over_children, cell, [&] {
    for (std::int64_t c = 0; c < cells; ++c)
      for (int k = 0; k < columns; ++k)
        ASSERT_NEAR(cell[c * columns + k], mean(first[child[c]], first[child[c + 1]], k), 1e-6);
  });
}

}  // namespace
}  // namespace treewalk
