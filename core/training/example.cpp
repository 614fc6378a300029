// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/example.h"

#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <utility>

#include "core/device/in_out.h"
#include "core/features/feature.h"
#include "core/training/sampler.h"
#include "core/training/targets.h"

namespace treewalk {

namespace {

/// Zeroes each number with the given probability and scales the others up.
void drop_features(const at::Tensor& features, double probability, RandomStream& random) {
  float* x = out(features);
  const auto scale = static_cast<float>(1 / (1 - probability));
  const auto threshold = static_cast<std::uint32_t>(probability * 0x1p32);
  for (std::int64_t i = 0; i < features.numel(); ++i) x[i] = random.word() < threshold ? 0.0f : x[i] * scale;
}

Placement random_placement(const SceneOptions& options, RandomStream random) {
  Placement placement;
  for (double& x : placement.phase) x = random.uniform();
  if (options.normalise != "none") placement.slack *= random.uniform(1, 1.15);
  return placement;
}

}  // namespace

Scene scene_of(Sample sample, const Recipe& recipe, const Draw& draw) {
  const auto& options = recipe.scene;
  const auto points = point_set(std::move(sample));
  auto scene = compute_features(make_scene(points, options, random_placement(options, draw.random("placement"))),
                                points, options);
  const double dropout = recipe.training.feature_dropout;
  if (dropout > 0) {
    auto random = draw.random("feature_dropout");
    for (const auto& features : scene.cell) drop_features(features, dropout, random);
    drop_features(scene.point, dropout, random);
  }
  return scene;
}

void add_point_targets(Example& example, const std::vector<std::int8_t>& label, const Recipe& recipe,
                       const Draw& draw) {
  const auto& training = recipe.training;
  const auto classes = static_cast<int>(recipe.classes.size());
  std::vector<std::int32_t> labelled;
  for (std::size_t p = 0; p < label.size(); ++p)
    if (label[p] != -1) labelled.push_back(static_cast<std::int32_t>(p));
  const auto chosen = choose(labelled, std::max(1, training.loss_points / training.batch), draw.random("loss_points"));
  std::vector<int> chosen_label;
  for (const auto p : chosen) chosen_label.push_back(label[p]);
  example.loss_point = at::tensor(chosen, at::kInt);
  example.target = smoothed_targets(chosen_label, {classes, training.label_smoothing, recipe.category_of_class,
                                                   training.class_weights, recipe.coarse});
  example.coarse = coarse_rows(recipe);
  if (recipe.scene.hierarchy == "learned" && training.partition_weight > 0)
    example.leaf_label = leaf_labels(example.scene.octree.level[0].point, label, classes);
  if (training.auxiliary > 0)
    example.cell_target = cell_targets(example.scene.octree.level[0].point, example.scene.hierarchy, label, classes,
                                       static_cast<int>(recipe.coarse.size()));
}

Example make_example(Sample sample, const Recipe& recipe, const Draw& draw) {
  const auto& training = recipe.training;
  const auto own_label = sample.label;
  const int cloud_label = sample.cloud_label;
  Example example;
  example.scene = scene_of(std::move(sample), recipe, draw);
  if (recipe.task == "classification") {
    example.target = smoothed_targets(
        {cloud_label}, {static_cast<int>(recipe.classes.size()), training.label_smoothing, {}, training.class_weights});
    return example;
  }
  const std::int32_t* order = in(example.scene.octree.order);
  std::vector<std::int8_t> label(own_label.size());
  for (std::size_t p = 0; p < label.size(); ++p) label[p] = own_label[order[p]];
  add_point_targets(example, label, recipe, draw);
  if (const auto categories = static_cast<int>(recipe.categories.size()); categories > 0) {
    example.category = at::full({1}, cloud_label, at::kInt);
    example.category_target = smoothed_targets({cloud_label}, {categories, training.category_smoothing, {}, {}});
  }
  return example;
}

}  // namespace treewalk
