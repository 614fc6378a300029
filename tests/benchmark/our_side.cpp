// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "tests/benchmark/our_side.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/randn.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "core/attention/family.h"
#include "core/geometry/bounds.h"
#include "core/scene/normalise.h"
#include "core/training/data_loader.h"
#include "core/training/optimizer.h"
#include "tests/benchmark/surface_cloud.h"
#include "treewalk/session.h"

namespace treewalk {
namespace {

/// As many made-up clouds as a step takes, so that the first step reads them all.
class Surfaces : public DataSet {
 public:
  Surfaces(int clouds, std::int64_t points, const std::vector<std::string>& classes) : points_(points) {
    for (int c = 0; c < clouds; ++c) {
      const std::string name = classes[c % classes.size()] + "/" + std::to_string(c);
      entries_.push_back({name, name, c});
    }
  }
  std::string name() const override { return "made-up surfaces"; }
  std::vector<std::string> splits() const override { return {"train"}; }
  std::vector<DataEntry> list(const std::string&) const override { return entries_; }
  Cloud read(const DataEntry& entry) const override {
    const auto number = static_cast<int>(entry.index);
    return surface_cloud(
        sequoia_reference::made_up_surface(number % sequoia_reference::kSurfaceKinds, points_, number));
  }

 private:
  std::int64_t points_;
  std::vector<DataEntry> entries_;
};

Scene scene_of(const PointSet& points, const SceneOptions& options) {
  Bounds box;
  const auto posed = normalised(points, options, &box);
  return make_scene(posed, options, default_placement(posed, options), &box);
}

/// How many points and leaves of these clouds a network of the recipe sees, on average.
void count_seen(const std::vector<Cloud>& clouds, const SceneOptions& options, Figures& figures) {
  for (const auto& cloud : clouds) {
    auto points = make_point_set(cloud.view(), {}, {});
    if (options.points > 0 && points.size() > options.points)
      points = subset(points, thin(points.position, options.points));
    figures.seen += static_cast<double>(points.size()) / static_cast<double>(clouds.size());
    figures.tokens += static_cast<double>(scene_of(points, options).hierarchy.size(0)) / double(clouds.size());
  }
}

/// What one layer is given, for up to so many nodes.
struct LayerInput {
  at::Tensor query, key, value, position, slope, bias, gradient;
  FamilyBlockOptions choices;
  LayerInput(std::int64_t nodes, int width, const FamilyBlockOptions& of)
      : query(at::randn({nodes, width})),
        key(at::randn({nodes, width})),
        value(at::randn({nodes, width})),
        position(at::randn({nodes, of.heads * kEdgeGeometry})),
        slope(at::randn({of.relations, of.heads * kEdgeGeometry})),
        bias(at::randn({of.relations, of.heads})),
        gradient(at::randn({nodes, width})),
        choices(of) {}
  AttentionInput of(const at::Tensor& node, bool backward) const {
    AttentionInput in;
    in.heads = choices.heads;
    const auto some = [&](const at::Tensor& x) {
      const auto rows = x.narrow(0, 0, node.size(0));
      return backward ? rows.detach().requires_grad_(true) : rows;
    };
    in.query = some(query), in.key = some(key), in.value = some(value);
    in.position_query = position.narrow(0, 0, node.size(0));
    in.relation_slope = slope;
    in.relation_bias = bias;
    in.relation_scale = relation_scales(choices.relations, node.device());
    in.node = node;
    return in;
  }
};

std::vector<Cloud> clouds_of_runs(std::int64_t points, int repeat) {
  std::vector<Cloud> clouds;
  for (const auto& surface : surfaces_of_runs(points, repeat)) clouds.push_back(surface_cloud(surface));
  return clouds;
}

}  // namespace

std::shared_ptr<const Model> fresh_model(const Recipe& recipe) {
  const auto model = std::make_shared<Model>(recipe);
  model->weights = initial_weights(model->network.parameters(), 1, &model->flat);
  model->info.parameters = model->network.parameters().numel();
  return model;
}

Figures our_inference(const Run& run, const std::shared_ptr<const Model>& model, std::int64_t points) {
  RunOptions options;
  options.threads = run.threads;
  const Session session(model, options);
  const auto label = [&](const Cloud& cloud) {
    if (model->info.task == "classification")
      session.classify(cloud.view());
    else
      session.segment(cloud.view());
  };
  const auto clouds = clouds_of_runs(points, run.repeat);
  const Cloud small = surface_cloud(small_surface());
  auto figures = measured(
      run, [&] { label(small); }, [&](int turn) { label(clouds[turn]); });
  figures.parameters = model->network.parameters().numel();
  count_seen(clouds, model->recipe.scene, figures);
  return figures;
}

Figures our_training(const Run& run, Recipe recipe, int batch, std::int64_t points, bool update) {
  recipe.training.batch = batch;
  const Network network(recipe);
  const auto data = std::make_shared<const Surfaces>(batch, points, recipe.class_names());
  const DataLoader load(recipe, network, list_data(*data, "train", recipe), data, 1);
  at::Tensor flat;
  const auto weights = initial_weights(network.parameters(), 1, &flat);
  Optimizer optimizer(network.parameters(), recipe.training, 1000, flat);
  for (const auto& w : weights) w.requires_grad_(true);
  double seen = 0, leaves = 0;
  auto figures = measured(
      run, [] {},
      [&](int step) {
        const auto clouds = load(step);
        const auto loss = batch_loss(network, weights, clouds, recipe.training);
        const auto gradients = torch::autograd::grad({loss}, weights, {}, std::nullopt, false, true);
        if (update) optimizer.update(gradients);
        seen += static_cast<double>(clouds.points) / (run.repeat + 1);
        leaves += static_cast<double>(clouds.input.scene.hierarchy.size(0)) / (run.repeat + 1);
      });
  figures.parameters = network.parameters().numel();
  figures.seen = seen / batch;
  figures.tokens = leaves / batch;
  return per_cloud(figures, batch);
}

Figures our_layer(const Run& run, const Recipe& recipe, std::int64_t points, bool whole_block, bool backward) {
  const auto& options = recipe.scene;
  const int width = recipe.network.widths[0];
  ParameterTable table;
  FamilyBlockOptions choices;
  choices.heads = width / recipe.network.head_width;
  choices.relations = 3 + recipe.network.relations.ancestors;
  choices.source_widths = {width};
  const FamilyBlock block(table, "block", width, choices);
  at::Tensor flat;
  const auto weights = initial_weights(table, 1, &flat);
  if (backward)
    for (const auto& w : weights) w.requires_grad_(true);
  const LayerInput input(6 * points, width, choices);
  const auto run_layer = [&](const PointSet& cloud) {
    const c10::InferenceMode inference(!backward);
    const auto scene = scene_of(cloud, options);
    auto rows = family_rows(scene.hierarchy, 0, options.levels - 1, recipe.network.relations);
    if (backward) rows = with_transpose(std::move(rows));
    const auto in = input.of(scene.hierarchy.node, backward);
    const auto y = whole_block ? block(weights, in.query, {in.query}, in.node, {rows}) : attention(in, rows).output;
    if (!backward) return;
    auto inputs = whole_block ? weights : Weights{in.key, in.value};
    inputs.push_back(in.query);
    torch::autograd::grad({y}, inputs, {input.gradient.narrow(0, 0, y.size(0))});
  };
  const auto clouds = clouds_of_runs(points, run.repeat);
  std::vector<PointSet> sets;
  for (const auto& cloud : clouds) sets.push_back(make_point_set(cloud.view(), {}, {}));
  auto figures = measured(
      run, [&] { run_layer(sets[0]); }, [&](int turn) { run_layer(sets[turn]); });
  figures.parameters = whole_block ? table.numel() : 0;
  count_seen(clouds, options, figures);
  return figures;
}

}  // namespace treewalk
