// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/batch.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/add.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/mul.h>

#include <numeric>
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

/// The sum of all numbers, in their order.
double mass_of(const at::Tensor& target) {
  const auto numbers = target.cpu().contiguous();
  const auto* first = numbers.const_data_ptr<float>();
  return std::accumulate(first, first + numbers.numel(), 0.0);
}

/// Terms of a loss, each as its share of what all terms of its kind are divided by.
class Shares {
 public:
  Shares(const Batch& batch, const TrainingSpec& training, const std::vector<double>* all) : all_(all) {
    if (all_) own_ = loss_weights(batch, training);
  }
  /// The term, which was divided by own weight number `index`.
  at::Tensor of(const at::Tensor& term, std::size_t index) const {
    if (!all_) return term;
    const double whole = all_->at(index);
    return term * (whole > 0 ? own_.at(index) / whole : 0.0);
  }

 private:
  const std::vector<double>* all_;
  std::vector<double> own_;
};

// Where the terms' weights stand: of points or clouds, of the category and of learned clusters' labels; then of the
// cells of each level that have a loss; then, for each level below learned clusters, its cells and its neighbours.
constexpr std::size_t kLabels = 0, kCategory = 1, kClusterLabels = 2, kFirstLevel = 3;

/// loss with those of the clusters that the network chose.
at::Tensor with_clusters(at::Tensor loss, const Encoding& encoding, const Batch& batch, const TrainingSpec& training,
                         const Shares& shares) {
  auto labels = batch.leaf_label;
  auto term = kFirstLevel + batch.cell_target.size();
  for (std::size_t l = 0; l < encoding.clusters.size(); ++l, term += 2) {
    const auto& [seeds, assignment] = encoding.clusters[l];
    if (labels.defined()) {
      loss = loss + shares.of(partition_loss(seeds, assignment, labels), kClusterLabels) * training.partition_weight;
      labels = labels_of_clusters(assignment, labels);
    }
    if (training.compact_weight > 0) loss = loss + shares.of(compact_loss(assignment), term) * training.compact_weight;
    if (training.link_weight > 0)
      loss = loss + shares.of(link_loss(seeds, assignment, batch.input.scene.hierarchy.siblings[l]), term + 1) *
                        training.link_weight;
  }
  return loss;
}

}  // namespace

std::vector<double> loss_weights(const Batch& batch, const TrainingSpec& training) {
  std::vector<double> weights{mass_of(batch.target), batch.category.defined() ? mass_of(batch.category_target) : 0.0,
                              batch.leaf_label.defined() ? mass_of(batch.leaf_label) : 0.0};
  for (const auto& target : batch.cell_target) weights.push_back(mass_of(target));
  if (training.compact_weight > 0 || training.link_weight > 0) {
    const auto& cells = batch.input.scene.hierarchy;
    for (int l = 0; l < cells.levels(); ++l) {
      const auto nodes = static_cast<double>(cells.size(l));
      weights.insert(weights.end(), {nodes, nodes + static_cast<double>(cells.siblings[l].entries())});
    }
  }
  return weights;
}

at::Tensor batch_loss(const Network& network, const Weights& weights, const Batch& batch, const TrainingSpec& training,
                      Dropout* dropout, const std::vector<double>* all) {
  const Shares shares(batch, training, all);
  const auto encoding = network.encode(weights, batch.input, batch.category, dropout);
  if (!batch.input.points.place.defined()) {
    const auto logits = network.cloud_logits(weights, batch.input, encoding, dropout);
    return with_clusters(shares.of(cross_entropy(logits, batch.target), kLabels), encoding, batch, training, shares);
  }
  auto loss = shares.of(
      cross_entropy(network.point_logits(weights, batch.input, encoding, dropout), batch.target, batch.coarse),
      kLabels);
  if (!batch.cell_target.empty()) {
    const auto scores = network.auxiliary_logits(weights, encoding);
    for (std::size_t l = 0; l < scores.size(); ++l)
      loss = loss + shares.of(cross_entropy(scores[l], batch.cell_target[l], batch.coarse), kFirstLevel + l) *
                        (training.auxiliary / static_cast<double>(scores.size()));
  }
  if (batch.category.defined())
    loss = loss + shares.of(cross_entropy(encoding.category_logits, batch.category_target), kCategory) *
                      training.category_weight;
  return with_clusters(loss, encoding, batch, training, shares);
}

}  // namespace treewalk
