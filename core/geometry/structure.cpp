// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/structure.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/device/parallel.h"
#include "core/device/threads.h"
#include "core/geometry/bounds.h"
#include "core/geometry/graph.h"
#include "core/geometry/knn.h"
#include "core/geometry/octree.h"

namespace treewalk {
namespace {

constexpr std::int64_t kPiece = 1 << 14;

/// The points of a cloud with three finite coordinates.
struct FinitePoints {
  at::Tensor position;             ///< [n,3] float32 when all three fields are, else float64
  std::vector<std::int32_t> kept;  ///< [n] index in the cloud
};

template <class T>
FinitePoints read(const CloudView& cloud, const Field* const* field, at::ScalarType type) {
  const auto at_point = [&](std::int64_t point, T* to) {
    for (int axis = 0; axis < 3; ++axis) to[axis] = static_cast<T>(cloud.value(point, *field[axis]));
    return std::isfinite(to[0]) && std::isfinite(to[1]) && std::isfinite(to[2]);
  };
  std::vector<std::int64_t> first((cloud.size + kPiece - 1) / kPiece + 1);
  parallel_pieces(cloud.size, kPiece, [&](std::int64_t p, std::int64_t begin, std::int64_t end) {
    T point[3];
    for (std::int64_t i = begin; i < end; ++i) first[p + 1] += at_point(i, point);
  });
  for (std::size_t p = 1; p < first.size(); ++p) first[p] += first[p - 1];
  FinitePoints points{at::empty({first.back(), 3}, type), std::vector<std::int32_t>(first.back())};
  T* const position = points.position.data_ptr<T>();
  parallel_pieces(cloud.size, kPiece, [&](std::int64_t p, std::int64_t begin, std::int64_t end) {
    std::int64_t next = first[p];
    T point[3];
    for (std::int64_t i = begin; i < end; ++i) {
      if (!at_point(i, point)) continue;
      std::copy_n(point, 3, position + 3 * next);
      points.kept[next++] = static_cast<std::int32_t>(i);
    }
  });
  return points;
}

FinitePoints finite_points(const CloudView& cloud) {
  if (cloud.size == 0) return {at::empty({0, 3}, at::kFloat), {}};
  if (cloud.size >= std::numeric_limits<std::int32_t>::max())
    throw Error("the cloud has " + std::to_string(cloud.size) + " points; at most 2^31 - 2 can be indexed");
  const Field* field[3];
  bool single = true;
  for (int axis = 0; axis < 3; ++axis) {
    const std::string name(1, "xyz"[axis]);
    field[axis] = cloud.find(name);
    if (field[axis] == nullptr) throw Error("the cloud has no field " + name);
    if (field[axis]->offset + size_of(field[axis]->type) > cloud.stride)
      throw Error("the field " + name + " reaches beyond the point record of " + std::to_string(cloud.stride) +
                  " bytes");
    single = single && field[axis]->type == Scalar::float32;
  }
  return single ? read<float>(cloud, field, at::kFloat) : read<double>(cloud, field, at::kDouble);
}

/// float32 positions as they are, others relative to their minimum, which keeps georeferenced ones exact enough.
at::Tensor single_precision(const at::Tensor& position) {
  if (position.scalar_type() == at::kFloat || position.size(0) == 0) return position.to(at::kFloat);
  const double* from = position.const_data_ptr<double>();
  const std::int64_t size = position.size(0);
  const Bounds bounds = parallel_bounds(from, size);
  at::Tensor single = at::empty({size, 3}, at::kFloat);
  float* const to = single.data_ptr<float>();
  for (int axis = 0; axis < 3; ++axis)
    if (!(bounds.upper[axis] - bounds.lower[axis] < std::numeric_limits<float>::max()))
      throw Error("the cloud reaches from " + std::to_string(bounds.lower[axis]) + " to " +
                  std::to_string(bounds.upper[axis]) + " on axis " + "xyz"[axis] +
                  "; remove the points that are far out");
  parallel_pieces(size, kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = 3 * begin; i < 3 * end; ++i) to[i] = static_cast<float>(from[i] - bounds.lower[i % 3]);
  });
  return single;
}

template <class T, class U>
std::vector<T> copy(const at::Tensor& tensor, const U*) {
  if (!tensor.defined()) return {};
  const U* from = tensor.const_data_ptr<U>();
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

/// Errors of the core reach the user as treewalk::Error.
template <class Work>
auto with_errors(const Work& work) -> decltype(work()) {
  try {
    return work();
  } catch (const c10::Error& error) {
    throw Error(error.what_without_backtrace());
  }
}

}  // namespace

KnnGraphArrays knn_graph(const CloudView& cloud, int k, GraphKind kind, int threads) {
  if (k < 1) throw Error("the number of neighbours must be at least 1, got " + std::to_string(k));
  const ThreadCount count(threads);
  return with_errors([&] {
    const FinitePoints points = finite_points(cloud);
    const at::Tensor position = single_precision(points.position);
    const auto size = static_cast<std::int64_t>(points.kept.size());
    const auto most = static_cast<int>(std::min<std::int64_t>(k, std::max<std::int64_t>(size - 1, 1)));
    Csr graph = to_csr(knn(position, most), size);
    if (kind != GraphKind::directed) graph = kind == GraphKind::united ? unite(graph) : mutual(graph);

    KnnGraphArrays result;
    result.offset.assign(cloud.size + 1, 0);
    result.column.resize(graph.entries());
    result.squared_distance.resize(graph.entries());
    const auto* offset = graph.offset.const_data_ptr<std::int32_t>();
    const auto* column = graph.column.const_data_ptr<std::int32_t>();
    const float* p = position.const_data_ptr<float>();
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
  return with_errors([&] {
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
    const auto* leaf = tree.leaf.const_data_ptr<std::int32_t>();
    for (std::size_t i = 0; i < points.kept.size(); ++i) result.leaf[points.kept[i]] = leaf[i];
    return result;
  });
}

}  // namespace treewalk
