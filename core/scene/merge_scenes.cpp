// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <ATen/TensorOperators.h>
#include <ATen/ops/add.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <c10/util/Exception.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "core/scene/scene.h"

namespace treewalk {
namespace {

using Part = std::function<at::Tensor(const Scene&)>;

/// The scenes' tensors one after the other.
at::Tensor joined(const std::vector<Scene>& scenes, const Part& part) {
  std::vector<at::Tensor> parts;
  for (const Scene& scene : scenes) parts.push_back(part(scene));
  return at::cat(parts);
}

/// The scenes' numbers one after the other, each raised by `first[b]`; of lists of offsets the common ends once.
at::Tensor shifted(const std::vector<Scene>& scenes, const Part& part, const std::vector<std::int64_t>& first,
                   bool offsets) {
  std::vector<at::Tensor> parts;
  for (std::size_t b = 0; b < scenes.size(); ++b) {
    auto numbers = part(scenes[b]);
    if (offsets && b > 0) numbers = numbers.narrow(0, 1, numbers.size(0) - 1);
    parts.push_back(first[b] == 0 ? numbers : numbers.add(first[b]));
  }
  return at::cat(parts);
}

/// Running sums: how much the scenes before each one hold, and all of them.
std::vector<std::int64_t> before(const std::vector<Scene>& scenes,
                                 const std::function<std::int64_t(const Scene&)>& count) {
  std::vector<std::int64_t> first{0};
  for (const Scene& scene : scenes) first.push_back(first.back() + count(scene));
  TORCH_CHECK(first.back() <= INT32_MAX, "merge_scenes: ", first.back(), " are more than 32-bit offsets can count");
  return first;
}

at::Tensor ends(const std::vector<Scene>& scenes, const Part& part, const std::vector<std::int64_t>& first) {
  return shifted(scenes, part, first, true);
}

Csr merged_rows(const std::vector<Scene>& scenes, const std::function<const Csr&(const Scene&)>& part,
                const std::vector<std::int64_t>& first_column) {
  Csr rows;
  const auto first_entry = before(scenes, [&](const Scene& s) { return part(s).entries(); });
  rows.offset = shifted(
      scenes, [&](const Scene& s) { return part(s).offset; }, first_entry, true);
  rows.column = shifted(
      scenes, [&](const Scene& s) { return part(s).column; }, first_column, false);
  rows.columns = first_column.back();
  return rows;
}

}  // namespace

Scene merge_scenes(const std::vector<Scene>& scenes) {
  TORCH_CHECK(!scenes.empty(), "merge_scenes: there is no scene");
  if (scenes.size() == 1) return scenes.front();
  const int levels = scenes.front().hierarchy.levels();
  for (const Scene& scene : scenes)
    TORCH_CHECK(scene.hierarchy.levels() == levels, "merge_scenes: scenes of ", levels, " and of ",
                scene.hierarchy.levels(), " levels do not go together");
  Scene merged;
  merged.octree.grid = scenes.front().octree.grid;
  merged.octree.level.resize(levels);
  merged.position = joined(scenes, [](const Scene& s) { return s.position; });
  merged.offset = joined(scenes, [](const Scene& s) { return s.offset; });
  merged.point = joined(scenes, [](const Scene& s) { return s.point; });
  const auto first_point = before(scenes, [](const Scene& s) { return s.size(); });
  merged.octree.order = shifted(
      scenes, [](const Scene& s) { return s.octree.order; }, first_point, false);
  merged.cloud_point = ends(
      scenes, [](const Scene& s) { return s.cloud_point; }, first_point);

  auto& hierarchy = merged.hierarchy;
  std::vector<std::vector<std::int64_t>> first_cell;
  std::vector<at::Tensor> node;
  hierarchy.step = scenes.front().hierarchy.step;
  hierarchy.first.assign(1, 0);
  for (int l = 0; l < levels; ++l) {
    first_cell.push_back(before(scenes, [&](const Scene& s) { return s.hierarchy.size(l); }));
    hierarchy.first.push_back(hierarchy.first.back() + first_cell[l].back());
    for (const Scene& s : scenes) node.push_back(s.hierarchy.records(l));
  }
  TORCH_CHECK(hierarchy.first.back() <= INT32_MAX, "merge_scenes: too many cells");
  hierarchy.node = at::cat(node);
  hierarchy.children.resize(levels);
  hierarchy.parent.resize(levels);
  hierarchy.siblings.resize(levels);
  for (int l = 0; l < levels; ++l) {
    if (l > 0)
      hierarchy.children[l] = merged_rows(
          scenes, [&](const Scene& s) -> const Csr& { return s.hierarchy.children[l]; }, first_cell[l - 1]);
    if (l + 1 < levels)
      hierarchy.parent[l] = shifted(
          scenes, [&](const Scene& s) { return s.hierarchy.parent[l]; }, first_cell[l + 1], false);
    hierarchy.siblings[l] = merged_rows(
        scenes, [&](const Scene& s) -> const Csr& { return s.hierarchy.siblings[l]; }, first_cell[l]);
    if (!scenes.front().hierarchy.near.empty())
      hierarchy.near.push_back(merged_rows(
          scenes, [&](const Scene& s) -> const Csr& { return s.hierarchy.near[l]; }, first_cell[l]));
    merged.octree.level[l].point = ends(
        scenes, [&](const Scene& s) { return s.octree.level[l].point; }, first_point);
    merged.octree.level[l].key = joined(scenes, [&](const Scene& s) { return s.octree.level[l].key; });
    merged.cell.push_back(joined(scenes, [&](const Scene& s) { return s.cell[l]; }));
    merged.cloud_cell.push_back(ends(
        scenes, [&](const Scene& s) { return s.cloud_cell[l]; }, first_cell[l]));
  }
  return merged;
}

}  // namespace treewalk
