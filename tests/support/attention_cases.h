// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "core/attention/attention.h"

namespace treewalk::test {

/// What attention is called with.
struct Case {
  AttentionInput input;
  AttentionRows rows;
};

inline std::vector<at::Tensor> parameters_of(const AttentionInput& in) {
  return {in.query, in.key, in.value, in.position_query, in.relation_slope, in.relation_bias};
}

/// Rows of the given lengths over `keys` keys, random columns (repeats and self entries included); queries are the
/// nodes from `first_query` on, keys the nodes from 0 on.
inline Case random_case(const std::vector<int>& lengths, std::int64_t keys, std::int64_t heads, std::int64_t width,
                        std::uint64_t seed, at::ScalarType type = at::kFloat, int relations = 4) {
  std::mt19937_64 random(seed);
  at::manual_seed(seed);
  const auto n = static_cast<std::int64_t>(lengths.size());
  std::vector<std::int32_t> offset{0}, column;
  std::vector<std::uint8_t> relation;
  Case result;
  result.rows.first_query = keys / 3;
  result.rows.first_key = 0;
  for (std::int64_t row = 0; row < n; ++row) {
    for (int e = 0; e < lengths[row]; ++e) {
      // The first entry is the query itself where it is among the keys, as in a family.
      const std::int64_t self = row + result.rows.first_query;
      column.push_back(static_cast<std::int32_t>(e == 0 && self < keys ? self : random() % keys));
      relation.push_back(static_cast<std::uint8_t>(random() % relations));
    }
    offset.push_back(static_cast<std::int32_t>(column.size()));
  }
  result.rows.rows = {at::tensor(offset, at::kInt), at::tensor(column, at::kInt), keys};
  result.rows.relation = at::tensor(relation, at::kByte);
  result.rows = with_transpose(result.rows);

  const auto options = at::TensorOptions(type);
  auto& in = result.input;
  in.heads = heads;
  in.query = at::randn({n, heads * width}, options);
  in.key = at::randn({keys, heads * width}, options);
  in.value = at::randn({keys, heads * width}, options);
  in.position_query = at::randn({n, heads * kEdgeGeometry}, options) * 0.5;
  in.relation_slope = at::randn({relations, heads * kEdgeGeometry}, options) * 0.5;
  in.relation_bias = at::randn({relations, heads}, options);
  const std::int64_t nodes = std::max(keys, n + result.rows.first_query);
  const at::Tensor normal = at::randn({nodes, 3});
  in.node = at::cat(
      {at::rand({nodes, 3}), 0.1 + at::rand({nodes, 1}), normal / normal.norm(2, 1, true), at::ones({nodes, 1})}, 1);
  in.relation_scale = 0.5 + at::rand({relations});
  return result;
}

/// Largest difference at most `tolerance` times the largest number of b, or `tolerance` where that is below 1.
inline void expect_close(const at::Tensor& a, const at::Tensor& b, double tolerance, const char* what) {
  ASSERT_EQ(a.sizes(), b.sizes()) << what;
  if (a.numel() == 0) return;
  const double scale = std::max(1.0, b.abs().max().item<double>());
  EXPECT_LE((a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>(), tolerance * scale) << what;
}

/// Lengths of rows as families have them, 8 to 18.
inline std::vector<int> family_lengths(int rows, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<int> lengths(rows);
  for (int& l : lengths) l = 8 + static_cast<int>(random() % 11);
  return lengths;
}

}  // namespace treewalk::test
