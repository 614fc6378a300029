// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/geometry/finite_points.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>

#include "core/device/parallel.h"
#include "core/geometry/bounds.h"

namespace treewalk {
namespace {

constexpr std::int64_t kPiece = 1 << 14;

/// T = float: all three fields are float32.
template <class T>
FinitePoints read(const CloudView& cloud, const Field* const* field, const std::vector<std::int32_t>* subset,
                  at::ScalarType type) {
  const auto at_point = [&](std::int64_t point, T* to) {
    for (int axis = 0; axis < 3; ++axis)
      if constexpr (std::is_same_v<T, float>)
        std::memcpy(&to[axis], cloud.data + static_cast<std::size_t>(point) * cloud.stride + field[axis]->offset,
                    sizeof(float));
      else
        to[axis] = cloud.value(point, *field[axis]);
    return std::isfinite(to[0]) && std::isfinite(to[1]) && std::isfinite(to[2]);
  };
  const auto candidate = [&](std::int64_t i) { return subset ? std::int64_t{(*subset)[i]} : i; };
  const std::int64_t size = subset ? static_cast<std::int64_t>(subset->size()) : cloud.size;
  std::vector<std::int64_t> first((size + kPiece - 1) / kPiece + 1);
  parallel_pieces(size, kPiece, [&](std::int64_t p, std::int64_t begin, std::int64_t end) {
    T point[3];
    for (std::int64_t i = begin; i < end; ++i) first[p + 1] += at_point(candidate(i), point);
  });
  for (std::size_t p = 1; p < first.size(); ++p) first[p] += first[p - 1];
  FinitePoints points{at::empty({first.back(), 3}, type), std::vector<std::int32_t>(first.back())};
  T* const position = points.position.data_ptr<T>();
  parallel_pieces(size, kPiece, [&](std::int64_t p, std::int64_t begin, std::int64_t end) {
    std::int64_t next = first[p];
    T point[3];
    for (std::int64_t i = begin; i < end; ++i) {
      if (!at_point(candidate(i), point)) continue;
      std::copy_n(point, 3, position + 3 * next);
      points.kept[next++] = static_cast<std::int32_t>(candidate(i));
    }
  });
  return points;
}

}  // namespace

FinitePoints finite_points(const CloudView& cloud, const std::vector<std::int32_t>* subset) {
  if (cloud.size == 0) return {at::empty({0, 3}, at::kFloat), {}};
  if (cloud.size >= std::numeric_limits<std::int32_t>::max())
    throw Error("the cloud has " + std::to_string(cloud.size) + " points; at most 2^31 - 2 can be indexed");
  const Field* field[3];
  bool single = true;
  for (int axis = 0; axis < 3; ++axis) {
    field[axis] = &cloud.at(std::string_view("xyz").substr(axis, 1));
    single = single && field[axis]->type == Scalar::float32;
  }
  return single ? read<float>(cloud, field, subset, at::kFloat) : read<double>(cloud, field, subset, at::kDouble);
}

SinglePrecision single_precision(const at::Tensor& position) {
  if (position.scalar_type() == at::kFloat || position.size(0) == 0) return {position.to(at::kFloat)};
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
  return {single, bounds.lower};
}

}  // namespace treewalk
