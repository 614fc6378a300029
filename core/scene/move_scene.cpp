// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <utility>

#include "core/scene/scene.h"

namespace treewalk {
namespace {

void move(at::Tensor& tensor, c10::Device device) {
  if (tensor.defined()) tensor = tensor.to(device);
}
void move(Csr& rows, c10::Device device) {
  move(rows.offset, device);
  move(rows.column, device);
}
template <class Part>
void move(std::vector<Part>& parts, c10::Device device) {
  for (auto& part : parts) move(part, device);
}

}  // namespace

Octree to(Octree octree, c10::Device device) {
  for (auto& level : octree.level)
    for (auto* tensor : {&level.key, &level.point, &level.child, &level.parent}) move(*tensor, device);
  for (auto* tensor : {&octree.order, &octree.leaf}) move(*tensor, device);
  return octree;
}

Scene to(Scene scene, c10::Device device) {
  scene.octree = to(std::move(scene.octree), device);
  for (auto* tensor : {&scene.position, &scene.offset, &scene.point, &scene.hierarchy.node}) move(*tensor, device);
  move(scene.hierarchy.children, device);
  move(scene.hierarchy.parent, device);
  move(scene.hierarchy.siblings, device);
  move(scene.hierarchy.near, device);
  move(scene.cell, device);
  return scene;
}

}  // namespace treewalk
