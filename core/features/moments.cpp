// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/features/moments.h"

#include <algorithm>
#include <cmath>

#include "core/device/parallel.h"

namespace treewalk {
namespace {

constexpr double kStepsPerCell = 65536;
constexpr std::int64_t kPiece = 256;

__extension__ using Int128 = __int128;

// Sums over points of their steps from the cell's centre. A step is at most 2^15, so 2^31 points cannot overflow.
struct StepSums {
  std::int64_t count = 0, x = 0, y = 0, z = 0, xx = 0, xy = 0, xz = 0, yy = 0, yz = 0, zz = 0;
  void add(std::int64_t a, std::int64_t b, std::int64_t c) {
    ++count;
    x += a, y += b, z += c;
    xx += a * a, xy += a * b, xz += a * c, yy += b * b, yz += b * c, zz += c * c;
  }
};

// count * sum of products - product of sums, without rounding: exactly 0 for equal points and for axis-aligned planes.
double central(std::int64_t count, std::int64_t products, std::int64_t a, std::int64_t b) {
  if (count < 65536) return static_cast<double>(count * products - a * b);
  return static_cast<double>(static_cast<Int128>(count) * products - static_cast<Int128>(a) * b);
}

Moments to_moments(const StepSums& s, const Vector3& centre, double cell_size) {
  Moments m;
  if (s.count == 0) return m;
  const double step = cell_size / kStepsPerCell;
  const double n = static_cast<double>(s.count);
  m.count = n;
  m.mean = {centre[0] + s.x / n * step, centre[1] + s.y / n * step, centre[2] + s.z / n * step};
  const double f = step * step / n;
  m.scatter = {central(s.count, s.xx, s.x, s.x) * f, central(s.count, s.xy, s.x, s.y) * f,
               central(s.count, s.xz, s.x, s.z) * f, central(s.count, s.yy, s.y, s.y) * f,
               central(s.count, s.yz, s.y, s.z) * f, central(s.count, s.zz, s.z, s.z) * f};
  return m;
}

void leaf_moments(const Octree& octree, const float* position, float* sorted, float* offset, LevelMoments& leaves) {
  const std::int32_t* order = octree.order.const_data_ptr<std::int32_t>();
  const std::int32_t* first = octree.level[0].point.const_data_ptr<std::int32_t>();
  const Vector3 origin = octree.grid.origin;
  const double cell = octree.grid.cell, inverse = 1 / cell;
  parallel_pieces(leaves.size(), kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    for (std::int64_t c = begin; c < end; ++c) {
      const float* p = position + 3 * static_cast<std::int64_t>(order[first[c]]);
      Vector3 centre;
      for (int a = 0; a < 3; ++a) {
        const double index = std::floor((p[a] - origin[a]) * inverse);
        leaves.coordinate[c][a] = static_cast<std::int32_t>(index);
        centre[a] = (index + 0.5) * cell;
      }
      StepSums sums;
      for (std::int32_t i = first[c]; i < first[c + 1]; ++i) {
        p = position + 3 * static_cast<std::int64_t>(order[i]);
        std::int64_t step[3];
        for (int a = 0; a < 3; ++a) {
          const double x = p[a] - origin[a];
          sorted[3 * static_cast<std::int64_t>(i) + a] = static_cast<float>(x);
          step[a] = static_cast<std::int64_t>((x - centre[a]) * inverse * kStepsPerCell + 32768.5) - 32768;
        }
        sums.add(step[0], step[1], step[2]);
      }
      leaves.raw[c] = to_moments(sums, centre, cell);
      const Vector3& mean = leaves.raw[c].mean;
      for (std::int32_t i = first[c]; i < first[c + 1]; ++i) {
        p = position + 3 * static_cast<std::int64_t>(order[i]);
        for (int a = 0; a < 3; ++a)
          offset[3 * static_cast<std::int64_t>(i) + a] = static_cast<float>((p[a] - origin[a] - mean[a]) * inverse);
      }
    }
  });
}

void parent_moments(const OctreeLevel& octree, int branching, const LevelMoments& children, LevelMoments& level) {
  const std::int32_t* child = octree.child.const_data_ptr<std::int32_t>();
  parallel_pieces(level.size(), kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    for (std::int64_t c = begin; c < end; ++c) {
      level.raw[c] = sum_of(children.raw.data() + child[c], nullptr, child[c + 1] - child[c]);
      for (int a = 0; a < 3; ++a) level.coordinate[c][a] = children.coordinate[child[c]][a] / branching;
    }
  });
}

}  // namespace

Symmetric3 Moments::covariance() const {
  Symmetric3 result{0, 0, 0, 0, 0, 0};
  if (count > 0)
    for (int i = 0; i < 6; ++i) result[i] = scatter[i] / count;
  return result;
}

Vector3 LevelMoments::centre(std::int64_t cell) const {
  const auto& c = coordinate[cell];
  return {(c[0] + 0.5) * cell_size, (c[1] + 0.5) * cell_size, (c[2] + 0.5) * cell_size};
}

Moments sum_of(const Moments* all, const std::int32_t* index, std::int64_t size) {
  if (size == 0) return {};
  const Moments& first = all[index ? index[0] : 0];
  if (size == 1) return first;
  // Sums about the first mean, which is near: then moved to the common mean.
  Moments sum = first;
  double x = 0, y = 0, z = 0;
  for (std::int64_t i = 1; i < size; ++i) {
    const Moments& m = all[index ? index[i] : i];
    const double n = m.count;
    const double dx = m.mean[0] - first.mean[0], dy = m.mean[1] - first.mean[1], dz = m.mean[2] - first.mean[2];
    sum.count += n;
    x += n * dx, y += n * dy, z += n * dz;
    sum.scatter[0] += m.scatter[0] + n * dx * dx;
    sum.scatter[1] += m.scatter[1] + n * dx * dy;
    sum.scatter[2] += m.scatter[2] + n * dx * dz;
    sum.scatter[3] += m.scatter[3] + n * dy * dy;
    sum.scatter[4] += m.scatter[4] + n * dy * dz;
    sum.scatter[5] += m.scatter[5] + n * dz * dz;
  }
  if (!(sum.count > 0)) return first;
  const double ax = x / sum.count, ay = y / sum.count, az = z / sum.count;
  sum.mean = {first.mean[0] + ax, first.mean[1] + ay, first.mean[2] + az};
  sum.scatter[0] -= x * ax;
  sum.scatter[1] -= x * ay;
  sum.scatter[2] -= x * az;
  sum.scatter[3] -= y * ay;
  sum.scatter[4] -= y * az;
  sum.scatter[5] -= z * az;
  return sum;
}

CellMoments leaf_to_root_moments(const Octree& octree, const float* position, float* sorted, float* offset) {
  CellMoments moments;
  moments.level.resize(octree.levels());
  for (int l = 0; l < octree.levels(); ++l) {
    LevelMoments& level = moments.level[l];
    level.cell_size = octree.grid.cell * std::pow(octree.grid.branching, l);
    level.raw.resize(octree.level[l].size());
    level.coordinate.resize(octree.level[l].size());
    if (l == 0) {
      leaf_moments(octree, position, sorted, offset, level);
    } else {
      parent_moments(octree.level[l], octree.grid.branching, moments.level[l - 1], level);
    }
  }
  return moments;
}

void smooth_moments(LevelMoments& level, const Csr& siblings, const Orientation& orientation) {
  const std::int32_t* row = siblings.offset.const_data_ptr<std::int32_t>();
  const std::int32_t* column = siblings.column.const_data_ptr<std::int32_t>();
  level.smooth_mean.resize(level.raw.size());
  level.eigenvalue.resize(level.raw.size());
  level.normal.resize(level.raw.size());
  parallel_pieces(level.size(), kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    std::vector<std::int32_t> family;
    for (std::int64_t c = begin; c < end; ++c) {
      family.assign(1, static_cast<std::int32_t>(c));
      family.insert(family.end(), column + row[c], column + row[c + 1]);
      const Moments smooth = sum_of(level.raw.data(), family.data(), static_cast<std::int64_t>(family.size()));
      Vector3 reference{0, 0, 1};
      if (!orientation.up)
        for (int a = 0; a < 3; ++a)
          reference[a] = orientation.outward ? smooth.mean[a] - orientation.viewpoint[a]
                                             : orientation.viewpoint[a] - smooth.mean[a];
      const PlaneFit plane = fit_plane(smooth.covariance(), reference);
      level.smooth_mean[c] = smooth.mean;
      level.eigenvalue[c] = plane.value;
      level.normal[c] = plane.normal;
    }
  });
}

}  // namespace treewalk
