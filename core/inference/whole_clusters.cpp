// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/inference/whole_clusters.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/index_select.h>

#include <utility>

#include "core/geometry/clusters.h"
#include "core/network/steps.h"
#include "core/scene/cell_hierarchy.h"

namespace treewalk {
namespace {

at::Tensor rows_at(const at::Tensor& of_all, const at::Tensor& cell, c10::Device device) {
  return of_all.index_select(0, cell).to(device);
}

}  // namespace

CellClusters find_by_position(const Octree& octree, const CellSums& leaves, const SceneOptions& options,
                              const Placement& placement, c10::Device device) {
  auto found = clusters_by_position(to(octree_from(octree, 0), device),
                                    {leaves.coordinate.to(device), leaves.raw.to(device)}, options, placement);
  for (auto* const tensors : {&found.parent, &found.raw})
    for (auto& tensor : *tensors)
      if (tensor.defined()) tensor = tensor.cpu();
  return found;
}

CellClusters clusters_in(const OctreePart& part, int level, const CellClusters& whole, c10::Device device) {
  CellClusters own;
  for (int l = 0; l < part.octree.levels(); ++l) {
    const bool chooses = l < level && whole.parent[l].defined(), adds_up = l > 0 && l < level;
    own.parent.push_back(chooses ? parents_in(part, l, whole.parent[l]).to(device) : at::Tensor());
    own.raw.push_back(adds_up ? rows_at(whole.raw[l], part.cell[l], device) : at::Tensor());
  }
  return own;
}

CellClusters clusters_from(int level, const CellClusters& whole, c10::Device device) {
  CellClusters own;
  own.parent.resize(whole.parent.size());
  for (std::size_t l = 0; l < whole.raw.size(); ++l)
    own.raw.push_back(static_cast<int>(l) < level || l == 0 ? at::Tensor() : whole.raw[l].to(device));
  return own;
}

Hierarchy with_clusters(Hierarchy cells, const ChosenPart& chosen) {
  for (std::size_t l = 0; l < chosen.parent.size(); ++l) {
    cells.parent[l] = chosen.parent[l];
    cells.children[l + 1] = members_of(cells.parent[l], cells.size(static_cast<int>(l) + 1));
  }
  cells.node = chosen.node;
  return cells;
}

ChosenHierarchy::ChosenHierarchy(const Octree& octree) : grid_(octree.grid), cells_(cell_hierarchy(octree)) {}

void ChosenHierarchy::choose(const Network& network, const Weights& weights, const SceneOptions& options,
                             const Step& step, const at::Tensor& x, c10::Device device) {
  const int level = levels_of(step).from - 1;
  Scene whole;
  whole.octree.grid = grid_;
  whole.position = at::empty({0, 3}, cells_.node.options());
  if (levels_chosen_ == 0) {
    // Candidates are the nearest cells.
    std::vector<at::Tensor> mean;
    for (int l = 0; l < cells_.levels(); ++l) {
      const bool seeds = l > 0 && l <= levels_of_clusters(options);
      mean.push_back(seeds ? cells_.records(l).narrow(1, 0, 3).to(device).contiguous()
                           : at::empty({0, 3}, cells_.node.options().device(device)));
    }
    cells_.siblings = nearest_siblings_of(mean, grid_, options.neighbours, sibling_reach(options));
    cells_.step = point_step(options.cell_size);
    chosen_ = cells_;
  }
  whole.hierarchy = cells_;
  const auto input = network.prepare(to(std::move(whole), device), {step});
  Scene before;
  before.hierarchy = std::move(chosen_);
  Encoding encoding;
  encoding.hierarchy = to(std::move(before), device).hierarchy;
  encoding.x.resize(cells_.levels());
  encoding.x[level] = x.to(device);
  network.advance(weights, input, 0, 1, encoding);
  Scene after;
  after.hierarchy = std::move(encoding.hierarchy);
  chosen_ = to(std::move(after), c10::kCPU).hierarchy;
  levels_chosen_ = level + 1;
}

ChosenPart ChosenHierarchy::in(const OctreePart& part, c10::Device device) const {
  ChosenPart own;
  std::vector<at::Tensor> node;
  for (int l = 0; l < chosen_.levels(); ++l) {
    if (l < levels_chosen_) own.parent.push_back(parents_in(part, l, chosen_.parent[l]).to(device));
    node.push_back(chosen_.records(l).index_select(0, part.cell[l]));
  }
  own.node = at::cat(node).to(device);
  return own;
}

at::Tensor ChosenHierarchy::nodes_from(int level, c10::Device device) const {
  const auto first = chosen_.first[level];
  return chosen_.node.narrow(0, first, chosen_.first.back() - first).to(device);
}

}  // namespace treewalk
