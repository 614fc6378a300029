// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/training_card.h"

#include <c10/core/DeviceType.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "core/training/calibrate.h"

namespace treewalk {

namespace {

double rounded(double x) { return std::round(x * 1e5) / 1e5; }

Json range(const MeasureRange& range) {
  const auto digits = [](double x) {  // three that count
    char text[32];
    std::snprintf(text, sizeof text, "%.3g", x);
    return std::strtod(text, nullptr);
  };
  return {digits(range.lower), digits(range.upper)};
}

}  // namespace

Json training_card(const TrainingOptions& options, const Recipe& recipe, const DataLoader& load, c10::Device device,
                   double loss) {
  const auto& training = recipe.training;
  Json card;
  card["data"] = options.data->name();
  card["split"] = "train";
  card["clouds"] = load.items().size();
  card["points"] = load.points();
  if (!recipe.coarse.empty()) card["coarse_points"] = load.coarse_points();
  if (!load.spacing().empty()) card["spacing"] = range(load.spacing());
  if (!load.extent().empty()) card["extent"] = range(load.extent());
  card["seed"] = training.seed;
  card["epochs"] = training.epochs;
  card["steps"] = std::int64_t(training.epochs) * load.steps_per_epoch();
  card["last_epoch_loss"] = rounded(loss);
  if (!device.is_cpu()) card["device"] = c10::DeviceTypeName(device.type(), true);
  if (options.precision != "float32") card["precision"] = options.precision;
  if (!recipe.about.empty()) card["about"] = recipe.about;
  for (const auto& note : options.notes) {
    const auto equals = note.find('=');
    card[note.substr(0, equals)] = note.substr(equals + 1);
  }
  return card;
}

Calibration calibrate_on_val(const TrainingOptions& options, const Recipe& recipe, const Network& network,
                             const at::Tensor& weights, Json& card) {
  Calibration calibration{recipe.training.temperature, recipe.training.category_temperature};
  const auto splits = options.data->splits();
  if (std::find(splits.begin(), splits.end(), "val") == splits.end()) return calibration;
  auto model = std::make_shared<Model>(recipe);
  model->flat = weights;
  model->weights = weight_views(network.parameters(), weights);
  EvaluationOptions how;
  how.data = options.data;
  how.split = "val";
  how.run.threads = options.threads;
  how.run.device = options.device;
  calibration = calibrate(model, how);
  const auto figures = evaluate(model, how);
  if (figures.coarse)
    card["coarse"] = {
        {"split", "val"}, {"points", figures.coarse->points}, {"accuracy", rounded(figures.coarse->accuracy)}};
  if (figures.points == 0) return calibration;  // all labels there are coarse
  card["accuracy"] = {{"split", "val"},
                      {"clouds", figures.clouds},
                      {"overall_accuracy", rounded(figures.overall_accuracy)},
                      {"mean_iou", rounded(figures.mean_iou)},
                      {"kappa", rounded(figures.kappa)},
                      {"command", "treewalk evaluate MODEL --data DIR --split val"}};
  if (figures.parts)
    card["accuracy"]["overall_accuracy_given_class"] = rounded(figures.parts->overall_accuracy_given_class);
  return calibration;
}

}  // namespace treewalk
