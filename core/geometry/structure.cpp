// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/structure.h"

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/device/in_out.h"
#include "core/device/parallel.h"
#include "core/device/public_errors.h"
#include "core/device/threads.h"
#include "core/geometry/field_rows.h"
#include "core/geometry/finite_points.h"
#include "core/geometry/graph.h"
#include "core/geometry/knn.h"
#include "core/geometry/octree.h"
#include "core/geometry/squares.h"

namespace treewalk {
namespace {

constexpr std::int64_t kPiece = 1 << 14;

template <class T, class U>
std::vector<T> copy(const at::Tensor& tensor, const U*) {
  if (!tensor.defined()) return {};
  const U* from = in(tensor);
  return std::vector<T>(from, from + tensor.numel());
}
std::vector<std::int32_t> copy(const at::Tensor& tensor) {
  return copy<std::int32_t>(tensor, static_cast<const std::int32_t*>(nullptr));
}

/// Sum of the positions relative to the origin for every cell of a level: of its points in their order on the leaves,
/// of its children above, so that no sum depends on the number of threads.
std::vector<double> position_sums(const OctreeArrays& octree, std::size_t l, const FinitePoints& points,
                                  const std::vector<std::int32_t>& order, const std::vector<double>& below) {
  const OctreeLevelArrays& level = octree.level[l];
  const auto cells = static_cast<std::int64_t>(level.key.size());
  const auto& first = l == 0 ? level.point_offset : level.child_offset;
  const bool single = points.position.scalar_type() == at::kFloat;
  const void* data = points.position.const_data_ptr();
  std::vector<double> sum(3 * cells);
  parallel_pieces(cells, kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    for (std::int64_t c = begin; c < end; ++c)
      for (std::int64_t i = first[c]; i < first[c + 1]; ++i)
        for (int axis = 0; axis < 3; ++axis) {
          if (l > 0) {
            sum[3 * c + axis] += below[3 * i + axis];
          } else {
            const std::int64_t from = 3 * std::int64_t{order[i]} + axis;
            const double x = single ? static_cast<const float*>(data)[from] : static_cast<const double*>(data)[from];
            sum[3 * c + axis] += x - octree.origin[axis];
          }
        }
  });
  return sum;
}

/// The directed graph of more than k points.
KnnGraphArrays full_graph(const at::Tensor& position, int k) {
  const std::int64_t size = position.size(0);
  KnnGraphArrays graph;
  parallel_tasks(3, [&](std::int64_t task) {  // fresh memory takes as long as a part of the search
    if (task == 0) {
      graph.column.resize(static_cast<std::size_t>(size * k));
    } else if (task == 1) {
      graph.squared_distance.resize(static_cast<std::size_t>(size * k));
    } else {
      graph.offset.resize(static_cast<std::size_t>(size + 1));
      for (std::int64_t i = 0; i <= size; ++i) graph.offset[i] = i * k;
    }
  });
  knn_into(position, k, graph.column.data(), graph.squared_distance.data());
  return graph;
}

}  // namespace

KnnGraphArrays knn_graph(const CloudView& cloud, int k, GraphKind kind, int threads) {
  if (k < 1) throw Error("the number of neighbours must be at least 1, got " + std::to_string(k));
  const ThreadCount count(threads);
  return with_public_errors([&] {
    const FinitePoints points = finite_points(cloud);
    if (!float_holds(points.position)) return knn_graph(cloud, {{"x"}, {"y"}, {"z"}}, k, kind, threads);
    const at::Tensor position = points.position.to(at::kFloat);
    const bool near = check_squares(position);
    const auto size = static_cast<std::int64_t>(points.kept.size());
    const auto most = static_cast<int>(std::min<std::int64_t>(k, std::max<std::int64_t>(size - 1, 1)));
    const bool full = near && size == cloud.size && size > k;  // all rows have k entries, in the cloud's own order
    if (kind == GraphKind::directed && full) return full_graph(position, k);
    Neighbours neighbours = knn(position, most);
    if (!near) neighbours.index.masked_fill_(neighbours.squared_distance.isinf(), -1);
    Csr graph = to_csr(neighbours, size);
    if (kind != GraphKind::directed) graph = kind == GraphKind::united ? unite(graph) : mutual(graph);

    KnnGraphArrays result;
    result.offset.assign(cloud.size + 1, 0);
    result.column.resize(graph.entries());
    result.squared_distance.resize(graph.entries());
    const std::int32_t* offset = in(graph.offset);
    const std::int32_t* column = in(graph.column);
    const float* p = in(position);
    for (std::int64_t i = 0; i < size; ++i) result.offset[points.kept[i] + 1] = offset[i + 1] - offset[i];
    for (std::int64_t i = 0; i < cloud.size; ++i) result.offset[i + 1] += result.offset[i];
    parallel_pieces(size, kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i)
        for (std::int64_t e = offset[i]; e < offset[i + 1]; ++e) {
          const float* from = p + 3 * i;
          const float* to = p + 3 * std::int64_t{column[e]};
          const float x = to[0] - from[0], y = to[1] - from[1], z = to[2] - from[2];
          result.squared_distance[e] = (x * x + y * y) + z * z;
          result.column[e] = points.kept[column[e]];
        }
    });
    return result;
  });
}

OctreeArrays octree(const CloudView& cloud, int depth, int threads) {
  if (depth < 0 || depth > 20) throw Error("the depth of an octree must be 0..20, got " + std::to_string(depth));
  const ThreadCount count(threads);
  return with_public_errors([&] {
    const FinitePoints points = finite_points(cloud);
    const Grid grid = fit_grid(points.position, depth);
    const Octree tree = build_octree(points.position, grid, depth + 1);
    OctreeArrays result;
    result.origin = grid.origin;
    const std::vector<std::int32_t> order = copy(tree.order);
    std::vector<double> sum;
    result.level.resize(tree.levels());
    for (std::size_t l = 0; l < result.level.size(); ++l) {
      OctreeLevelArrays& level = result.level[l];
      level.cell_size = std::ldexp(grid.cell, static_cast<int>(l));
      level.key = copy<std::uint64_t>(tree.level[l].key, static_cast<const std::int64_t*>(nullptr));
      level.point_offset = copy(tree.level[l].point);
      level.child_offset = copy(tree.level[l].child);
      level.parent = copy(tree.level[l].parent);
      sum = position_sums(result, l, points, order, sum);
      level.mean.resize(sum.size());
      for (std::size_t i = 0; i < sum.size(); ++i)
        level.mean[i] = static_cast<float>(sum[i] / (level.point_offset[i / 3 + 1] - level.point_offset[i / 3]));
    }
    result.order.resize(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) result.order[i] = points.kept[order[i]];
    result.leaf.assign(cloud.size, -1);
    const std::int32_t* leaf = in(tree.leaf);
    for (std::size_t i = 0; i < points.kept.size(); ++i) result.leaf[points.kept[i]] = leaf[i];
    return result;
  });
}

}  // namespace treewalk
