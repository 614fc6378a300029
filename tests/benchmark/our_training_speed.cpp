// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <ATen/TensorOperators.h>
#include <torch/csrc/autograd/autograd.h>

#include "core/training/data_loader.h"
#include "core/training/optimizer.h"
#include "tests/benchmark/surface_cloud.h"
#include "tests/benchmark/timing.h"
#include "tests/benchmark/training_speed.h"

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

}  // namespace

double our_training_clouds_per_second(const std::string& recipe_file, int batch, std::int64_t points, int repeat) {
  Recipe recipe = read_recipe(recipe_file);
  if (recipe.task != "classification") throw Error(recipe_file + ": the task must be classification");
  recipe.training.batch = batch;
  const Network network(recipe);
  const auto data = std::make_shared<const Surfaces>(batch, points, recipe.class_names());
  const DataLoader load(recipe, network, list_data(*data, "train", recipe), data, 1);
  at::Tensor flat;
  const auto weights = initial_weights(network.parameters(), 1, &flat);
  Optimizer optimizer(network.parameters(), recipe.training, 1000, flat);
  for (const auto& w : weights) w.requires_grad_(true);

  std::int64_t step = 0;
  std::vector<Timing> sides{{"treewalk", [&] {
                               const auto batch_of_clouds = load(step++);
                               const auto loss = batch_loss(network, weights, batch_of_clouds, recipe.training);
                               optimizer.update(torch::autograd::grad({loss}, weights, {}, std::nullopt, false, true));
                             }}};
  measure(sides, repeat);
  return batch / Timing::median(sides[0].seconds);
}

}  // namespace treewalk
