// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cmath>
#include <cstdint>

#include "core/scene/eigen3_kernel.h"
#include "core/scene/moments_arrays.h"

namespace treewalk {

/// Adds sets of points about the first one's mean, which is near; the sum is then moved to the common mean, which lies
/// on a lattice of that step relative to the first.
struct MomentsSum {
  const Moments first;
  Moments sum;
  double x = 0, y = 0, z = 0;
  bool alone = true;

  HD explicit MomentsSum(const Moments& one) : first(one), sum(one) {}
  HD void add(const Moments& m) {
    const double n = m.count;
    const double dx = m.mean[0] - first.mean[0], dy = m.mean[1] - first.mean[1], dz = m.mean[2] - first.mean[2];
    alone = false;
    sum.count += n;
    x += n * dx, y += n * dy, z += n * dz;
    sum.scatter[0] += m.scatter[0] + n * dx * dx;
    sum.scatter[1] += m.scatter[1] + n * dx * dy;
    sum.scatter[2] += m.scatter[2] + n * dx * dz;
    sum.scatter[3] += m.scatter[3] + n * dy * dy;
    sum.scatter[4] += m.scatter[4] + n * dy * dz;
    sum.scatter[5] += m.scatter[5] + n * dz * dz;
  }
  HD Moments total(double step = 0) const {
    if (alone || !(sum.count > 0)) return first;
    Moments result = sum;
    const double ax = x / sum.count, ay = y / sum.count, az = z / sum.count;
    result.mean = {first.mean[0] + on_lattice(ax, step), first.mean[1] + on_lattice(ay, step),
                   first.mean[2] + on_lattice(az, step)};
    result.scatter[0] -= x * ax;
    result.scatter[1] -= x * ay;
    result.scatter[2] -= x * az;
    result.scatter[3] -= y * ay;
    result.scatter[4] -= y * az;
    result.scatter[5] -= z * az;
    return result;
  }
};

/// The moments of the union of the sets all[0..size), added in that order.
HD inline Moments sum_of(const Moments* all, std::int64_t size, double step = 0) {
  if (size == 0) return {};
  MomentsSum sum(all[0]);
  NO_UNROLL
  for (std::int64_t i = 1; i < size; ++i) sum.add(all[i]);
  return sum.total(step);
}

/// sum_of as a body of one item.
struct SumMoments {
  static constexpr std::int64_t grain = 1;
  const Moments* all;
  std::int64_t size;
  Moments* total;
  HD void operator()(std::int64_t) const { *total = sum_of(all, size); }
};

/// Sums over points of their distances from a place near them.
struct PointSums {
  double count = 0;
  Vector3 sum{0, 0, 0};
  Symmetric3 square{0, 0, 0, 0, 0, 0};

  HD void add(const Vector3& d) {
    count += 1;
    for (int a = 0; a < 3; ++a) sum[a] += d[a];
    square[0] += d[0] * d[0], square[1] += d[0] * d[1], square[2] += d[0] * d[2];
    square[3] += d[1] * d[1], square[4] += d[1] * d[2], square[5] += d[2] * d[2];
  }
  HD Moments moments(const Vector3& place) const {
    Moments m;
    if (!(count > 0)) return m;
    m.count = count;
    const Vector3 mean{sum[0] / count, sum[1] / count, sum[2] / count};
    for (int a = 0; a < 3; ++a) m.mean[a] = place[a] + mean[a];
    m.scatter = {square[0] - sum[0] * mean[0], square[1] - sum[0] * mean[1], square[2] - sum[0] * mean[2],
                 square[3] - sum[1] * mean[1], square[4] - sum[1] * mean[2], square[5] - sum[2] * mean[2]};
    return m;
  }
};

__extension__ using Int128 = __int128;

/// Sums over points of their steps from the cell's centre. A step is at most 2^15, so 2^31 points cannot overflow.
struct StepSums {
  static constexpr double kStepsPerCell = 65536;
  std::int64_t count = 0, x = 0, y = 0, z = 0, xx = 0, xy = 0, xz = 0, yy = 0, yz = 0, zz = 0;

  HD void add(std::int64_t a, std::int64_t b, std::int64_t c) {
    ++count;
    x += a, y += b, z += c;
    xx += a * a, xy += a * b, xz += a * c, yy += b * b, yz += b * c, zz += c * c;
  }
  /// count * sum of products - product of sums, without rounding: exactly 0 for equal points and axis-aligned planes.
  HD double central(std::int64_t products, std::int64_t a, std::int64_t b) const {
    if (count < 65536) return static_cast<double>(count * products - a * b);
    return static_cast<double>(static_cast<Int128>(count) * products - static_cast<Int128>(a) * b);
  }
  /// The mean lies on a lattice from the centre, of that step.
  HD Moments moments(const Vector3& centre, double cell_size, double lattice) const {
    Moments m;
    if (count == 0) return m;
    const double step = cell_size / kStepsPerCell;
    const double n = static_cast<double>(count);
    m.count = n;
    m.mean = {centre[0] + on_lattice(x / n * step, lattice), centre[1] + on_lattice(y / n * step, lattice),
              centre[2] + on_lattice(z / n * step, lattice)};
    const double f = step * step / n;
    m.scatter = {central(xx, x, x) * f, central(xy, x, y) * f, central(xz, x, z) * f,
                 central(yy, y, y) * f, central(yz, y, z) * f, central(zz, z, z) * f};
    return m;
  }
};

/// item = leaf: its moments and coordinate, and its points in Morton order.
struct LeafMoments {
  static constexpr std::int64_t grain = 256;
  const std::int32_t *order, *first;  ///< Octree::order, and the leaves' OctreeLevel::point
  const float* position;              ///< [N,3] in input order
  Vector3 origin, base;               ///< of the grid
  Vector3 zero;                       ///< what is taken off the positions
  LevelArrays leaves;
  float *sorted, *offset;  ///< [N,3] each

  HD void operator()(std::int64_t c) const {
    const double cell = leaves.cell_size, inverse = 1 / cell;
    const float* p = position + 3 * static_cast<std::int64_t>(order[first[c]]);
    for (int a = 0; a < 3; ++a)
      leaves.coordinate[c][a] = static_cast<std::int32_t>(floor_of((p[a] - origin[a]) * inverse - base[a]));
    const Vector3 centre = leaves.centre(c);
    StepSums sums;
    for (std::int32_t i = first[c]; i < first[c + 1]; ++i) {
      p = position + 3 * static_cast<std::int64_t>(order[i]);
      std::int64_t step[3];
      for (int a = 0; a < 3; ++a) {
        const double x = p[a] - zero[a];
        sorted[3 * static_cast<std::int64_t>(i) + a] = static_cast<float>(x);
        step[a] = static_cast<std::int64_t>((x - centre[a]) * inverse * StepSums::kStepsPerCell + 32768.5) - 32768;
      }
      sums.add(step[0], step[1], step[2]);
    }
    const Moments moments = sums.moments(centre, cell, leaves.step);
    leaves.raw[c] = moments;
    for (std::int32_t i = first[c]; i < first[c + 1]; ++i) {
      p = position + 3 * static_cast<std::int64_t>(order[i]);
      for (int a = 0; a < 3; ++a)
        offset[3 * static_cast<std::int64_t>(i) + a] = static_cast<float>((p[a] - zero[a] - moments.mean[a]) * inverse);
    }
  }
};

/// item = cell of a coarser level: moments and coordinate from its children's.
struct ParentMoments {
  static constexpr std::int64_t grain = 256;
  const std::int32_t* child;  ///< OctreeLevel::child
  std::int32_t branching;
  LevelArrays children, level;

  HD void operator()(std::int64_t c) const {
    level.raw[c] = sum_of(children.raw + child[c], child[c + 1] - child[c], level.step);
    for (int a = 0; a < 3; ++a) level.coordinate[c][a] = children.coordinate[child[c]][a] / branching;
  }
};

/// item = cluster around a cell: the moments of its members, added in their order. Without points it lies where the
/// cell does.
struct ClusterMoments {
  static constexpr std::int64_t grain = 256;
  const std::int32_t *row, *member;
  const Moments* members;
  LevelArrays cells;
  Moments* cluster;

  HD void operator()(std::int64_t c) const {
    const std::int32_t begin = row[c], end = row[c + 1];
    Moments total;
    if (begin < end) {
      MomentsSum sum(members[member[begin]]);
      NO_UNROLL
      for (std::int32_t i = begin + 1; i < end; ++i) sum.add(members[member[i]]);
      total = sum.total(cells.step);
    }
    if (!(total.count > 0)) {
      total = Moments();
      total.mean = cells.raw[c].mean;
    }
    cluster[c] = total;
  }
};

/// item = cell: the plane of the points of the cell and its siblings.
struct SmoothMoments {
  static constexpr std::int64_t grain = 256;
  const std::int32_t *row, *sibling;  ///< Csr of the level's siblings
  LevelArrays level;
  Orientation orientation;

  HD void operator()(std::int64_t c) const {
    MomentsSum sum(level.raw[c]);
    NO_UNROLL
    for (std::int32_t s = row[c]; s < row[c + 1]; ++s) sum.add(level.raw[sibling[s]]);
    const Moments smooth = sum.total(level.step);
    Vector3 reference{0, 0, 1};
    if (!orientation.up) {
      const Vector3 eye = orientation.eye();
      for (int a = 0; a < 3; ++a)
        reference[a] = orientation.outward ? smooth.mean[a] - eye[a] : eye[a] - smooth.mean[a];
    }
    const PlaneFit plane = fit_plane(smooth.covariance(), reference);
    level.smooth_mean[c] = smooth.mean;
    level.eigenvalue[c] = plane.value;
    level.normal[c] = plane.normal;
  }
};

}  // namespace treewalk
