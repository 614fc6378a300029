// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/scene/moments.h"

#include <ATen/ops/empty.h>

#include <cmath>

#include "core/device/in_out.h"
#include "core/device/parallel.h"
#include "core/scene/moments_kernel.h"

namespace treewalk {
namespace {

template <class Record, class Number>
Record* records(const at::Tensor& rows) {
  return rows.defined() ? reinterpret_cast<Record*>(rows.mutable_data_ptr<Number>()) : nullptr;
}

at::Tensor doubles(const at::Tensor& like, std::int64_t rows, std::int64_t columns) {
  return at::empty({rows, columns}, like.options().dtype(at::kDouble));
}

/// All levels, with room for coordinates and raw moments. like: a tensor on the cells' device.
CellMoments without_numbers(const Octree& octree, const MomentsFrame& frame, const at::Tensor& like) {
  const auto& grid = octree.grid;
  CellMoments moments;
  moments.level.resize(octree.levels());
  for (int l = 0; l < octree.levels(); ++l) {
    LevelMoments& level = moments.level[l];
    const std::int64_t cells = octree.level[l].size();
    const double leaves = std::pow(grid.branching, l);  // along a side
    level.cell_size = grid.cell * leaves;
    level.step = frame.step;
    level.zero = frame.place;
    for (int a = 0; a < 3; ++a) level.base[a] = static_cast<double>(grid.base[a]) / leaves;
    level.raw = doubles(like, cells, kMomentsRecord);
    level.coordinate = at::empty({cells, 3}, like.options().dtype(at::kInt));
  }
  return moments;
}

/// The levels above that one.
void add_up_from(int level, const Octree& octree, const CellMoments& moments) {
  for (int l = level + 1; l < octree.levels(); ++l) {
    const LevelMoments& parents = moments.level[l];
    parallel_for(parents.raw.device(), parents.size(),
                 ParentMoments{in(octree.level[l].child), octree.grid.branching, moments.level[l - 1].arrays(),
                               parents.arrays()});
  }
}

}  // namespace

LevelArrays LevelMoments::arrays() const {
  return {size(),
          cell_size,
          step,
          base,
          zero,
          records<std::array<std::int32_t, 3>, std::int32_t>(coordinate),
          records<Moments, double>(raw),
          records<Vector3, double>(smooth_mean),
          records<Vector3, double>(eigenvalue),
          records<Vector3, double>(normal)};
}

CellMoments leaf_to_root_moments(const Octree& octree, const at::Tensor& position, const MomentsFrame& frame,
                                 const at::Tensor& sorted, const at::Tensor& offset) {
  CellMoments moments = without_numbers(octree, frame, position);
  const LevelMoments& leaves = moments.level[0];
  parallel_for(position.device(), leaves.size(),
               LeafMoments{in(octree.order), in(octree.level[0].point), in(position), octree.grid.origin, leaves.base,
                           frame.zero, leaves.arrays(), out(sorted), out(offset)});
  add_up_from(0, octree, moments);
  return moments;
}

CellMoments moments_above(const Octree& octree, int level, const at::Tensor& coordinate, const at::Tensor& raw,
                          const MomentsFrame& frame) {
  CellMoments moments = without_numbers(octree, frame, raw);
  moments.level[level].coordinate = coordinate;
  moments.level[level].raw = raw;
  add_up_from(level, octree, moments);
  return moments;
}

DeviceRecords<Moments> moments_of_all(const CellMoments& moments) {
  const LevelMoments& last = moments.level.back();
  DeviceRecords<Moments> all(last.raw);
  parallel_for(last.raw.device(), 1, SumMoments{last.arrays().raw, last.size(), all.get()});
  return all;
}

void smooth_moments(LevelMoments& level, const Csr& siblings, const Orientation& orientation) {
  level.smooth_mean = doubles(level.raw, level.size(), 3);
  level.eigenvalue = doubles(level.raw, level.size(), 3);
  level.normal = doubles(level.raw, level.size(), 3);
  parallel_for(level.raw.device(), level.size(),
               SmoothMoments{in(siblings.offset), in(siblings.column), level.arrays(), orientation});
}

}  // namespace treewalk
