// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

#include "core/device/devices.h"
#include "core/device/public_errors.h"
#include "core/device/stopwatch.h"
#include "core/device/threads.h"
#include "core/inference/node_model.h"
#include "core/recipe/unknown_label.h"
#include "core/training/batch.h"
#include "core/training/optimizer.h"
#include "core/training/sampler.h"
#include "core/training/step.h"
#include "core/training/targets.h"

namespace treewalk::nn {
namespace {

using Clock = std::chrono::steady_clock;

/// One item of the data, as it enters every batch it is drawn for.
struct Item {
  Scene scene;
  std::vector<std::int8_t> label;  ///< of the nodes
  int whole = -1;                  ///< of all together
};

int class_index(const Recipe& recipe, std::int32_t label, const std::string& where) {
  if (recipe.task == "classification") {
    for (std::size_t c = 0; c < recipe.classes.size(); ++c)
      if (static_cast<std::int64_t>(recipe.classes[c].id) == label) return static_cast<int>(c);
    throw Error(where + ": the graph has the label " + std::to_string(label) + ", which is the id of no class");
  }
  try {
    return recipe.class_of(static_cast<std::uint32_t>(label));
  } catch (const UnknownLabel&) {
    throw Error(where + " has the label " + std::to_string(label) + ", which is in no class of the recipe");
  }
}

Item item_of(const Nodes& nodes, const NodeRecipe& recipe, int columns, const std::string& where) {
  Item item;
  item.scene = scene_of_nodes(nodes, recipe, columns, where);
  const bool of_nodes = recipe.recipe.task == "segmentation";
  const auto expected = of_nodes ? item.scene.size() : 1;
  if (static_cast<std::int64_t>(nodes.label.size()) != expected)
    throw Error(where + ": " + std::to_string(nodes.label.size()) + " labels, but there must be " +
                std::to_string(expected));
  if (!of_nodes) {
    item.whole = class_index(recipe.recipe, nodes.label[0], where);
    return item;
  }
  for (std::size_t u = 0; u < nodes.label.size(); ++u)
    item.label.push_back(
        static_cast<std::int8_t>(class_index(recipe.recipe, nodes.label[u], where + ": node " + std::to_string(u))));
  return item;
}

Example example_of(const Item& item, const Recipe& recipe, const Draw& draw) {
  Example example;
  example.scene = item.scene;
  if (recipe.task == "segmentation")
    add_point_targets(example, item.label, recipe, draw);
  else
    example.target = smoothed_targets(
        {item.whole},
        {static_cast<int>(recipe.classes.size()), recipe.training.label_smoothing, {}, recipe.training.class_weights});
  return example;
}

std::vector<Item> items_of(const std::vector<Nodes>& data, const NodeRecipe& recipe) {
  if (data.empty()) throw Error("training: there are no data");
  std::vector<Item> items;
  bool labelled = false;
  for (std::size_t i = 0; i < data.size(); ++i) {
    items.push_back(item_of(data[i], recipe, data.front().columns, "item " + std::to_string(i)));
    const auto& item = items.back();
    labelled |= item.whole >= 0 || std::any_of(item.label.begin(), item.label.end(), [](int k) { return k != -1; });
  }
  if (!labelled) throw Error("training: no node has a label that the recipe learns from");
  return items;
}

/// A training as its options ask for it.
struct Course {
  const NodeTraining& options;
  const Recipe& recipe;
  const Network& network;
  std::vector<Item> items;
  c10::Device device;
  Sampler sampler;
  Weights weights;

  Batch batch_of(std::int64_t step) const {
    const auto& spec = recipe.training;
    std::vector<Example> examples;
    for (int b = 0; b < spec.batch; ++b) {
      const Draw draw{spec.seed, static_cast<std::uint64_t>(step) * spec.batch + b};
      examples.push_back(example_of(items[cloud_of(sampler, draw)], recipe, draw));
    }
    return collate(std::move(examples), network, device);
  }

  void run(Optimizer& optimizer, std::int64_t steps) const {
    const auto& spec = recipe.training;
    const auto start = Clock::now();
    TrainingProgress report;
    report.epochs = spec.epochs, report.steps = steps;
    double sum = 0, nodes = 0;
    for (std::int64_t step = 0; step < steps; ++step) {
      const auto batch = batch_of(step);
      Dropout dropout(spec.seed, static_cast<std::uint64_t>(step), spec.dropout, spec.head_dropout);
      const auto loss = batch_loss(network, weights, batch, spec, &dropout);
      sum += take_step(loss, weights, optimizer, "very large features");
      nodes += static_cast<double>(batch.points);
      const auto in_epoch = step % sampler.steps_per_epoch + 1;
      const double spent = seconds_since(start);
      report.step = step + 1;
      report.epoch = static_cast<int>(step / sampler.steps_per_epoch) + 1;
      report.loss = sum / static_cast<double>(in_epoch);
      report.points_per_second = nodes / spent;
      report.seconds_left = spent / static_cast<double>(step + 1) * static_cast<double>(steps - step - 1);
      report.message.clear();
      if (in_epoch == sampler.steps_per_epoch) {
        char text[80];
        std::snprintf(text, sizeof text, "epoch %d of %d: loss %.5f", report.epoch, report.epochs, report.loss);
        report.message = text;
        sum = 0;
      }
      if (options.progress && !options.progress(report)) throw Cancelled();
    }
  }
};

}  // namespace

NodeModel train_nodes(const std::vector<Nodes>& data, const NodeTraining& options) {
  const ThreadCount threads(options.threads);
  return with_public_errors([&] {
    auto read = parse_node_recipe(options.recipe);
    auto items = items_of(data, read);
    auto impl = std::make_unique<NodeModel::Impl>(std::move(read), data.front().columns);
    const auto recipe = with_columns(impl->recipe, impl->columns);
    const auto& spec = recipe.training;
    const auto& table = impl->network.parameters();
    at::Tensor flat;
    auto weights = initial_weights(table, spec.seed, &flat);
    if (impl->network.standardises()) {
      std::vector<Scene> scenes;
      for (const auto& item : items) scenes.push_back(item.scene);
      impl->network.standardise(scenes, weights);
    }
    Course course{options, recipe, impl->network, std::move(items), device_named(options.device), {}, {}};
    course.sampler.clouds = course.items.size();
    course.sampler.steps_per_epoch = spec.steps_per_epoch > 0
                                         ? spec.steps_per_epoch
                                         : static_cast<int>((course.items.size() + spec.batch - 1) / spec.batch);
    flat = flat.to(course.device);
    const auto steps = std::int64_t(spec.epochs) * course.sampler.steps_per_epoch;
    Optimizer optimizer(table, spec, steps, flat);
    course.weights = weight_views(table, flat);
    for (auto& w : course.weights) w.requires_grad_(true);
    course.run(optimizer, steps);
    impl->flat = optimizer.average().cpu();
    impl->weights = weight_views(table, impl->flat);
    return NodeModel(std::move(impl));
  });
}

}  // namespace treewalk::nn
