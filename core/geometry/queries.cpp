// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/geometry/queries.h"

#include <algorithm>
#include <cmath>

#include "core/device/parallel.h"
#include "core/geometry/box_tree.h"

namespace treewalk {

bool local_query(const double* query, const std::array<double, 3>& origin, float* to) {
  for (int axis = 0; axis < 3; ++axis) to[axis] = static_cast<float>(query[axis] - origin[axis]);
  return std::isfinite(to[0]) && std::isfinite(to[1]) && std::isfinite(to[2]);
}

OrderedQueries ordered_queries(const double* query, std::int64_t queries, const std::array<double, 3>& origin,
                               const std::function<void(std::int64_t)>& not_finite) {
  std::vector<float> position;
  std::vector<std::int64_t> at;
  position.reserve(static_cast<std::size_t>(3 * queries));
  at.reserve(static_cast<std::size_t>(queries));
  for (std::int64_t i = 0; i < queries; ++i) {
    float point[3];
    if (!local_query(query + 3 * i, origin, point)) {
      not_finite(i);
      continue;
    }
    position.insert(position.end(), point, point + 3);
    at.push_back(i);
  }
  const auto many = static_cast<std::int64_t>(at.size());
  OrderedQueries result{std::vector<float>(position.size()), std::vector<std::int64_t>(at.size())};
  const auto order = morton_order(position.data(), many);
  parallel_pieces(many, kQueryPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      std::copy_n(position.data() + 3 * std::int64_t{order[i].index}, 3, result.position.data() + 3 * i);
      result.at[i] = at[order[i].index];
    }
  });
  return result;
}

}  // namespace treewalk
