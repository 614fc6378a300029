// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <ATen/TensorOperators.h>
#include <ATen/ops/div.h>
#include <torch/csrc/autograd/autograd.h>

#include "core/training/optimizer.h"
#include "core/training/step.h"
#include "tests/benchmark/surface_cloud.h"
#include "tests/benchmark/timing.h"
#include "tests/benchmark/training_speed.h"

namespace treewalk {
namespace {

/// As many clouds as a step takes, so that the first step reads them all; made from their names.
std::vector<DataItem> items_of(int clouds, const Recipe& recipe) {
  std::vector<DataItem> items;
  for (int c = 0; c < clouds; ++c) {
    const std::string name = std::to_string(c) + ".pcd";
    items.push_back({name, name, c % static_cast<int>(recipe.classes.size())});
  }
  return items;
}

}  // namespace

double our_training_clouds_per_second(const std::string& recipe_file, int batch, std::int64_t points, int repeat) {
  Recipe recipe = read_recipe(recipe_file);
  if (recipe.task != "classification") throw Error(recipe_file + ": the task must be classification");
  recipe.training.batch = batch;
  const Network network(recipe);
  const auto read = [points](const std::filesystem::path& file) {
    const int number = std::stoi(file.stem().string());
    return surface_cloud(released::made_up_surface(number % released::kSurfaceKinds, points, number));
  };
  const StepMaker make(recipe, network, items_of(batch, recipe), read, 1);
  at::Tensor flat;
  const auto weights = initial_weights(network.parameters(), 1, &flat);
  Optimizer optimizer(network.parameters(), recipe.training, 1000, flat);
  for (const auto& w : weights) w.requires_grad_(true);

  std::int64_t step = 0;
  std::vector<Timing> sides{{"treewalk", [&] {
                               std::vector<at::Tensor> sum(weights.size());
                               for (const auto& example : make(step++)) {
                                 const auto loss =
                                     step_loss(network, weights, example, recipe.training.auxiliary) / double(batch);
                                 const auto gradients =
                                     torch::autograd::grad({loss}, weights, {}, std::nullopt, false, true);
                                 for (std::size_t i = 0; i < sum.size(); ++i)
                                   if (gradients[i].defined())
                                     sum[i] = sum[i].defined() ? sum[i] + gradients[i] : gradients[i];
                               }
                               optimizer.update(sum);
                             }}};
  measure(sides, repeat);
  return batch / Timing::median(sides[0].seconds);
}

}  // namespace treewalk
