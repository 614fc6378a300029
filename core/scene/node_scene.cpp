// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/scene/node_scene.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/zeros.h>
#include <c10/util/Exception.h>

#include <utility>

namespace treewalk {

Scene node_scene(Hierarchy hierarchy, std::vector<at::Tensor> cell) {
  const int levels = hierarchy.levels();
  TORCH_CHECK(static_cast<int>(cell.size()) == levels, "node_scene: features of ", cell.size(), " levels for ", levels);
  for (int l = 0; l < levels; ++l)
    TORCH_CHECK(cell[l].dim() == 2 && cell[l].size(0) == hierarchy.size(l), "node_scene: level ", l, " has ",
                hierarchy.size(l), " nodes, but features ", cell[l].sizes());
  Scene scene;
  scene.hierarchy = std::move(hierarchy);
  scene.cell = std::move(cell);
  const auto points = scene.hierarchy.size(0);
  const auto places = scene.hierarchy.node.options().dtype(at::kInt);
  const auto numbers = scene.cell[0].options();
  scene.position = scene.hierarchy.records(0).narrow(1, 0, 3).contiguous();
  scene.offset = at::zeros({points, 3}, numbers);
  scene.point = at::zeros({points, 0}, numbers);
  scene.octree.order = at::arange(points, places);
  scene.octree.leaf = scene.octree.order;
  scene.octree.level.resize(levels);
  const at::Tensor ends = at::arange(2, at::kInt);  // on the CPU for every device
  for (int l = 0; l < levels; ++l) {
    auto& level = scene.octree.level[l];
    const auto size = scene.hierarchy.size(l);
    level.key = at::arange(size, places.dtype(at::kLong));
    level.point = l == 0 ? at::arange(size + 1, places) : at::zeros({size + 1}, places);  // which nobody reads
    scene.cloud_cell.push_back(ends * size);
  }
  scene.cloud_point = ends * points;
  return scene;
}

}  // namespace treewalk
