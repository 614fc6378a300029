// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/geometry/finite_points.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/index_select.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "core/device/in_out.h"
#include "core/device/parallel.h"

namespace treewalk {
namespace {

constexpr std::int64_t kPiece = 1 << 14;
using Fields = std::array<const Field*, 3>;  // x, y, z

bool all_are(const Fields& field, Scalar type) {
  return std::all_of(field.begin(), field.end(), [&](const Field* f) { return f->type == type; });
}

/// Coordinates that are stored as numbers of type T. It holds what it needs by value: a loop that writes would read it
/// again for each point.
template <class T>
struct Stored {
  const std::byte* data;
  std::size_t stride;
  std::array<std::size_t, 3> offset;
  Stored(const CloudView& cloud, const Fields& field)
      : data(cloud.data), stride(cloud.stride), offset{field[0]->offset, field[1]->offset, field[2]->offset} {}
  T operator()(std::int64_t point, int axis) const {
    T value;  // records may be unaligned
    std::memcpy(&value, data + static_cast<std::size_t>(point) * stride + offset[axis], sizeof value);
    return value;
  }
};

struct AnyStored {
  const CloudView& cloud;
  const Fields& field;
  double operator()(std::int64_t point, int axis) const { return cloud.value(point, *field[axis]); }
};

/// T = float or double: what coordinate(point, axis) gives.
template <class T, class Coordinate>
FinitePoints read(std::int64_t points, const std::vector<std::int32_t>* subset, const Coordinate& coordinate,
                  at::ScalarType type) {
  const auto read_point = [&](std::int64_t point, T* to) {
    for (int axis = 0; axis < 3; ++axis) to[axis] = coordinate(point, axis);
    return std::isfinite(to[0]) && std::isfinite(to[1]) && std::isfinite(to[2]);
  };
  const auto candidate = [&](std::int64_t i) { return subset ? std::int64_t{(*subset)[i]} : i; };
  const std::int64_t size = subset ? static_cast<std::int64_t>(subset->size()) : points;
  std::vector<std::int64_t> first((size + kPiece - 1) / kPiece + 1);
  parallel_pieces(size, kPiece, [&](std::int64_t p, std::int64_t begin, std::int64_t end) {
    T point[3];
    std::int64_t count = 0;
    for (std::int64_t i = begin; i < end; ++i) count += read_point(candidate(i), point);
    first[p + 1] = count;
  });
  for (std::size_t p = 1; p < first.size(); ++p) first[p] += first[p - 1];
  FinitePoints found{at::empty({first.back(), 3}, type), std::vector<std::int32_t>(first.back())};
  T* const position = out(found.position);
  std::int32_t* const kept = found.kept.data();
  parallel_pieces(size, kPiece, [&](std::int64_t p, std::int64_t begin, std::int64_t end) {
    std::int64_t next = first[p];
    T point[3];
    for (std::int64_t i = begin; i < end; ++i) {
      if (!read_point(candidate(i), point)) continue;
      std::copy_n(point, 3, position + 3 * next);
      kept[next++] = static_cast<std::int32_t>(candidate(i));
    }
  });
  return found;
}

/// (coordinate, rounded to the step) - origin; of two multiples that are as near, the even one.
struct Subtract {
  std::array<double, 3> origin;
  double step;
  bool near;  ///< no coordinate is 2^50 steps or more

  template <class T>
  void operator()(const T* from, std::int64_t size, float* to) const {
    constexpr double kShift = 0x1.8p52;  // adding it leaves no digit behind the point
    const double inverse = 1 / step, width = step;
    if (step == 0)
      each(from, size, to, [](double x) { return x; });
    else if (near)
      each(from, size, to, [=](double x) { return ((x * inverse + kShift) - kShift) * width; });
    else
      each(from, size, to, [=](double x) { return std::nearbyint(x * inverse) * width; });
  }

 private:
  template <class T, class Round>
  void each(const T* from, std::int64_t size, float* to, const Round& round) const {
    constexpr std::int64_t kNumbers = 12;  // of four points, which the compiler takes side by side
    double zero[kNumbers];
    for (int k = 0; k < kNumbers; ++k) zero[k] = origin[k % 3];
    parallel_pieces(size, kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
      std::int64_t i = 3 * begin;
      for (; i + kNumbers <= 3 * end; i += kNumbers)
        for (int k = 0; k < kNumbers; ++k) to[i + k] = static_cast<float>(round(from[i + k]) - zero[k]);
      for (int k = 0; i < 3 * end; ++i, ++k) to[i] = static_cast<float>(round(from[i]) - zero[k]);
    });
  }
};

}  // namespace

FinitePoints finite_points(const CloudView& cloud, const std::vector<std::int32_t>* subset) {
  if (cloud.size == 0) return {at::empty({0, 3}, at::kFloat), {}};
  if (cloud.size >= std::numeric_limits<std::int32_t>::max())
    throw Error("the cloud has " + std::to_string(cloud.size) + " points; at most 2^31 - 2 can be indexed");
  const Fields field{&cloud.at("x"), &cloud.at("y"), &cloud.at("z")};
  if (all_are(field, Scalar::float32)) return read<float>(cloud.size, subset, Stored<float>(cloud, field), at::kFloat);
  if (all_are(field, Scalar::float64))
    return read<double>(cloud.size, subset, Stored<double>(cloud, field), at::kDouble);
  return read<double>(cloud.size, subset, AnyStored{cloud, field}, at::kDouble);
}

FinitePoints some_of(const FinitePoints& points, const std::vector<std::int32_t>& place) {
  const auto size = static_cast<std::int64_t>(place.size());
  const at::Tensor index = at::from_blob(const_cast<std::int32_t*>(place.data()), {size}, at::kInt);
  FinitePoints some{points.position.index_select(0, index), {}};
  some.kept.reserve(place.size());
  for (const std::int32_t i : place) some.kept.push_back(points.kept[i]);
  return some;
}

at::Tensor scaled(const at::Tensor& position, const std::array<double, 3>& scale) {
  if (scale == std::array<double, 3>{1, 1, 1}) return position;
  at::Tensor result = position.to(at::kDouble, /*non_blocking=*/false, /*copy=*/true);
  double* const x = out(result);
  const std::int64_t size = position.size(0);
  for (std::int64_t i = 0; i < size; ++i)
    for (int a = 0; a < 3; ++a) x[3 * i + a] *= scale[a];
  return result;
}

at::Tensor relative_to(const std::array<double, 3>& origin, const at::Tensor& position, const Bounds& box,
                       double step) {
  const std::int64_t size = position.size(0);
  const bool single = position.scalar_type() == at::kFloat;
  for (int axis = 0; axis < 3 && size > 0; ++axis)
    if (!(std::max(box.upper[axis] - origin[axis], origin[axis] - box.lower[axis]) <
          std::numeric_limits<float>::max() / 4))
      throw Error("the cloud reaches from " + std::to_string(box.lower[axis]) + " to " +
                  std::to_string(box.upper[axis]) + " on axis " + "xyz"[axis] + "; remove the points that are far out");
  if (single && step == 0 && origin == std::array<double, 3>{0, 0, 0}) return position;
  const at::Tensor relative = at::empty({size, 3}, at::kFloat);
  double farthest = 0;
  for (int axis = 0; axis < 3 && size > 0; ++axis)
    farthest = std::max({farthest, std::fabs(box.lower[axis]), std::fabs(box.upper[axis])});
  const Subtract subtract{origin, step, farthest < step * 0x1p50};
  float* const to = out(relative);
  if (single)
    subtract(static_cast<const float*>(in(position)), size, to);
  else
    subtract(static_cast<const double*>(in(position)), size, to);
  return relative;
}

SinglePrecision single_precision(const at::Tensor& position) {
  if (position.scalar_type() == at::kFloat || position.size(0) == 0) return {position.to(at::kFloat)};
  const Bounds box = bounds_of_points(position);
  return {relative_to(box.lower, position, box), box.lower};
}

}  // namespace treewalk
