// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/network/assign_step.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros_like.h>

#include <cmath>

#include "core/network/assign.h"
#include "core/network/ops.h"

namespace treewalk {
namespace {

// Clusters begin as those by position.
constexpr double kFeatureWeight = 0.5, kPositionWeight = 8;

}  // namespace

Assign::Assign(ParameterTable& table, const std::string& name, int level, const Recipe& recipe)
    : levels{level + 1, level + 1},
      level_(level),
      slots_(1 + recipe.scene.neighbours),
      rounds_(recipe.scene.rounds),
      width_(recipe.network.assign_width),
      contiguous_(recipe.scene.contiguous) {
  const int width = recipe.network.widths[level];
  // Neither a bias nor a shift: both cancel in differences of features.
  gain_ = table.add({name + ".assign.norm.gain", {width}, Init::one, 0, false});
  feature_ = Linear(table, name + ".assign.feature", width, width_, false);
  strength_ = table.add({name + ".assign.strength", {3}, Init::zero, 0, false});
}

void Assign::prune(std::vector<bool>& read) {
  levels = read_part(levels, read);
  if (!levels.empty()) read[level_] = true;
}

void Assign::prepare(Preparation& preparation) {
  const auto& cells = preparation.scene.hierarchy;
  seeds_ = make_seeds(cells.parent[level_], cells.children[level_ + 1], cells.beside(level_ + 1), slots_);
}

void Assign::operator()(const Weights& weights, const Scene& scene, Encoding& encoding, Dropout*) const {
  const auto& cells = scene.hierarchy;
  if (encoding.hierarchy.first.empty()) encoding.hierarchy = cells;
  const auto& gain = weights[gain_];
  const auto& strength = weights[strength_];
  ClusterInput input;
  input.node = encoding.hierarchy.records(level_);
  input.seed = cells.records(level_ + 1);
  const auto normed = layer_norm(encoding.x[level_], gain, at::zeros_like(gain));
  input.feature = feature_(weights, normed) * (1 / std::sqrt(static_cast<double>(width_)));
  input.weight = at::cat({strength.narrow(0, 0, 1).exp() * kFeatureWeight,
                          strength.narrow(0, 1, 1).exp() * kPositionWeight, strength.narrow(0, 2, 1)});
  input.rounds = rounds_;
  input.contiguous = contiguous_;
  encoding.clusters.push_back({seeds_, assigned(seeds_, input)});
  take_clusters(encoding.clusters.back().assignment, level_, cells, encoding.hierarchy);
}

}  // namespace treewalk
