// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/network/mask_step.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>

#include <algorithm>
#include <utility>

namespace treewalk {
namespace {

/// Where the cells of each cloud begin among the rows of these levels, level by level, and where they end.
at::Tensor cloud_groups(const Scene& scene, LevelRange levels) {
  const auto& first = scene.hierarchy.first;
  std::vector<at::Tensor> groups;
  for (int l = levels.from; l <= levels.to; ++l)
    groups.push_back((scene.cloud_cell[l] + (first[l] - first[levels.from])).narrow(0, 0, scene.clouds()));
  groups.push_back(at::full({1}, first[levels.to + 1] - first[levels.from], at::kInt));
  return at::cat(groups).to(at::kInt);
}

}  // namespace

MaskStep::MaskStep(ParameterTable& table, const std::string& name, LevelRange levels, MaskBlock::Kind kind,
                   const NetworkSpec& spec, std::uint64_t number)
    : levels(levels), walks_(spec.walks), number_(number) {
  const bool masked = kind == MaskBlock::masked;
  const int width = spec.widths[levels.from];
  tree_ = masked && spec.walks.tree && levels.from < levels.to;
  block_ = MaskBlock(table, name + (masked ? ".grf" : ".global"), width, std::max(1, width / spec.head_width),
                     spec.expansion, kind, spec.walks);
}

void MaskStep::prune(std::vector<bool>& read) {
  const auto part = read_part(levels, read);
  if (!tree_ || part.empty()) levels = part;  // with edges between levels, a part of the graph would be another graph
  if (!levels.empty()) mark_read(levels, read);
}

SharedMasks MaskStep::draw(const Preparation& preparation, int sets, std::uint64_t seed) const {
  std::vector<BlockMask> masks;
  for (int set = 0; set < sets; ++set)
    masks.push_back(block_mask(preparation.scene.hierarchy, preparation.scene.cloud_cell, levels.from, levels.to,
                               walks_, seed + (std::uint64_t(set) << 32), preparation.for_training));
  return std::make_shared<const std::vector<BlockMask>>(std::move(masks));
}

void MaskStep::prepare(Preparation& preparation) {
  if (kind() == MaskBlock::global) {
    groups = cloud_groups(preparation.scene, levels);
  } else if (walks_.drawn == MaskSpec::once || walks_.walks.exact()) {
    auto& shared = preparation.masks[{levels.from, levels.to}];
    if (!shared) shared = draw(preparation, 1, walks_.walks.seed);
    masks = shared;
  } else {
    masks = draw(preparation, walks_.drawn == MaskSpec::per_head ? block_.heads() : 1, walks_.walks.seed + number_);
  }
}

void MaskStep::operator()(const Weights& weights, const Scene& scene, Encoding& encoding, Dropout* dropout) const {
  const auto query = join_levels(encoding.x, levels);
  const auto node = scene.hierarchy.node.narrow(0, scene.hierarchy.first[levels.from], query.size(0));
  put_levels(block_(weights, query, node, masks.get(), groups, dropout), levels, scene.hierarchy, encoding.x);
}

}  // namespace treewalk
