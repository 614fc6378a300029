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
  const auto& grid = octree.grid;
  const auto device = position.device();
  CellMoments moments;
  moments.level.resize(octree.levels());
  for (int l = 0; l < octree.levels(); ++l) {
    LevelMoments& level = moments.level[l];
    const OctreeLevel& cells = octree.level[l];
    const double leaves = std::pow(grid.branching, l);  // along a side
    level.cell_size = grid.cell * leaves;
    level.step = frame.step;
    level.zero = frame.place;
    for (int a = 0; a < 3; ++a) level.base[a] = static_cast<double>(grid.base[a]) / leaves;
    level.raw = doubles(position, cells.size(), kMomentsRecord);
    level.coordinate = at::empty({cells.size(), 3}, position.options().dtype(at::kInt));
    if (l == 0) {
      parallel_for(device, cells.size(),
                   LeafMoments{in(octree.order), in(cells.point), in(position), grid.origin, level.base, frame.zero,
                               level.arrays(), out(sorted), out(offset)});
    } else {
      parallel_for(device, cells.size(),
                   ParentMoments{in(cells.child), grid.branching, moments.level[l - 1].arrays(), level.arrays()});
    }
  }
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
