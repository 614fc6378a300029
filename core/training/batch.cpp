// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/batch.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/add.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/mul.h>

#include <utility>

#include "core/network/assign_loss.h"
#include "core/network/ops.h"

namespace treewalk {

Batch collate(std::vector<Example> examples, const Network& network, c10::Device device) {
  Batch batch;
  std::vector<Scene> scenes;
  std::vector<at::Tensor> point, target, leaf_label, category, category_target;
  std::vector<std::vector<at::Tensor>> cell_target(examples.front().cell_target.size());
  for (auto& example : examples) {
    if (example.loss_point.defined()) point.push_back(example.loss_point.add(batch.points));
    target.push_back(example.target);
    if (example.leaf_label.defined()) leaf_label.push_back(example.leaf_label);
    for (std::size_t l = 0; l < cell_target.size(); ++l) cell_target[l].push_back(example.cell_target[l]);
    if (example.category.defined()) {
      category.push_back(example.category);
      category_target.push_back(example.category_target);
    }
    batch.points += example.scene.size();
    scenes.push_back(std::move(example.scene));
  }
  batch.target = at::cat(target).to(device);
  if (!leaf_label.empty()) batch.leaf_label = at::cat(leaf_label).to(device);
  if (const auto& coarse = examples.front().coarse; coarse.offset.defined())
    batch.coarse = {coarse.offset.to(device), coarse.column.to(device), coarse.columns};
  for (const auto& level : cell_target) batch.cell_target.push_back(at::cat(level).to(device));
  if (!category.empty()) {
    batch.category = at::cat(category);
    batch.category_target = at::cat(category_target).to(device);
  }
  batch.input = network.prepare(to(merge_scenes(scenes), device), true, !batch.cell_target.empty(),
                                point.empty() ? at::Tensor() : at::cat(point));
  return batch;
}

namespace {

/// loss with those of the clusters that the network chose.
at::Tensor with_clusters(at::Tensor loss, const Encoding& encoding, const Batch& batch, const TrainingSpec& training) {
  auto labels = batch.leaf_label;
  for (std::size_t l = 0; l < encoding.clusters.size(); ++l) {
    const auto& [seeds, assignment] = encoding.clusters[l];
    if (labels.defined()) {
      loss = loss + partition_loss(seeds, assignment, labels) * training.partition_weight;
      labels = labels_of_clusters(assignment, labels);
    }
    if (training.compact_weight > 0) loss = loss + compact_loss(assignment) * training.compact_weight;
    if (training.link_weight > 0)
      loss = loss + link_loss(seeds, assignment, batch.input.scene.hierarchy.siblings[l]) * training.link_weight;
  }
  return loss;
}

}  // namespace

at::Tensor batch_loss(const Network& network, const Weights& weights, const Batch& batch, const TrainingSpec& training,
                      Dropout* dropout) {
  const auto encoding = network.encode(weights, batch.input, batch.category, dropout);
  if (!batch.input.points.place.defined())
    return with_clusters(cross_entropy(network.cloud_logits(weights, batch.input, encoding, dropout), batch.target),
                         encoding, batch, training);
  auto loss = cross_entropy(network.point_logits(weights, batch.input, encoding, dropout), batch.target, batch.coarse);
  if (!batch.cell_target.empty()) {
    const auto scores = network.auxiliary_logits(weights, encoding);
    for (std::size_t l = 0; l < scores.size(); ++l)
      loss = loss + cross_entropy(scores[l], batch.cell_target[l], batch.coarse) *
                        (training.auxiliary / static_cast<double>(scores.size()));
  }
  if (batch.category.defined())
    loss = loss + cross_entropy(encoding.category_logits, batch.category_target) * training.category_weight;
  return with_clusters(loss, encoding, batch, training);
}

}  // namespace treewalk
