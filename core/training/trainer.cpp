// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/trainer.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/stack.h>
#include <c10/core/DeviceType.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>

#include "core/device/devices.h"
#include "core/device/public_errors.h"
#include "core/device/stopwatch.h"
#include "core/device/threads.h"
#include "core/model/model_file.h"
#include "core/training/calibrate.h"
#include "core/training/loader.h"
#include "core/training/optimizer.h"
#include "core/training/step.h"

namespace treewalk {
namespace {

using Clock = std::chrono::steady_clock;
constexpr double kSecondsBetweenCheckpoints = 30;
constexpr std::int64_t kStepsToStandardise = 12;  // training steps whose inputs give the mean and deviation
constexpr int kStepsAheadOnDevice = 8;
const char* const kCheckpointFormat = "treewalk-checkpoint-1";

/// What must be equal for a checkpoint to go on: everything that the remaining steps depend on, but for the device and
/// the precision, between which a training may move.
std::string fingerprint(const Recipe& recipe, const std::vector<DataItem>& items, std::uint64_t seed,
                        std::int64_t steps) {
  Json json{{"recipe", recipe.json}, {"seed", seed}, {"steps", steps}, {"clouds", Json::array()}};
  for (const auto& item : items) json["clouds"].push_back(item.name);
  return json.dump();
}

struct Progress {
  std::int64_t step = 0;
  double loss_sum = 0;  ///< of the epoch so far
  std::int64_t loss_count = 0;
  double seconds = 0;  ///< spent by earlier processes
};

void write_checkpoint(const std::filesystem::path& file, const std::string& print, const Optimizer& optimizer,
                      const Progress& progress) {
  const auto state = optimizer.state();
  // JSON numbers round-trip doubles exactly.
  const Json json{{"step", progress.step},
                  {"loss_sum", progress.loss_sum},
                  {"loss_count", progress.loss_count},
                  {"seconds", progress.seconds}};
  write_safetensors(file, {{"format", kCheckpointFormat}, {"fingerprint", print}, {"progress", json.dump()}},
                    {{"state", {4, state.size(1)}}}, state);
}

Progress read_checkpoint(const std::filesystem::path& file, const std::string& print, Optimizer& optimizer,
                         std::int64_t numel) {
  const auto content = read_safetensors(file, [&](const Metadata& metadata) {
    const auto get = [&](const char* key) { return metadata.count(key) ? metadata.at(key) : std::string(); };
    if (get("format") != kCheckpointFormat) throw Error("this is not a checkpoint of this program");
    if (get("fingerprint") != print)
      throw Error(
          "the checkpoint belongs to another recipe, seed, number of epochs or set of training clouds; "
          "train without --resume to start anew");
    return std::vector<TensorEntry>{{"state", {4, numel}}};
  });
  const auto json = Json::parse(content.metadata.at("progress"));
  Progress progress;
  progress.step = json.at("step");
  progress.loss_sum = json.at("loss_sum");
  progress.loss_count = json.at("loss_count");
  progress.seconds = json.at("seconds");
  optimizer.restore(content.flat, progress.step);
  return progress;
}

/// Copies every tensor of the same name and shape; returns a sentence on what was left fresh.
std::string start_from(const std::filesystem::path& file, const ParameterTable& table, Weights& weights) {
  const auto model = load_model(file);
  const auto& theirs = model->network.parameters().all();
  std::map<std::string, std::size_t> index;
  for (std::size_t i = 0; i < theirs.size(); ++i) index[theirs[i].name] = i;
  std::size_t taken = 0;
  std::string fresh;
  for (std::size_t i = 0; i < table.all().size(); ++i) {
    const auto& spec = table.all()[i];
    const auto found = index.find(spec.name);
    if (found != index.end() && theirs[found->second].shape == spec.shape) {
      weights[i].copy_(model->weights[found->second]);
      ++taken;
    } else {
      fresh += (fresh.empty() ? "" : ", ") + spec.name;
    }
  }
  if (taken == 0) throw Error(file.string() + ": no tensor of this model fits the recipe's network");
  return "starts from " + file.string() + " (" + std::to_string(taken) + " tensors)" +
         (fresh.empty() ? "" : "; replaced, because it has other classes or another shape: " + fresh);
}

/// Where and how a training computes.
struct Place {
  c10::Device device = c10::kCPU;
  bool mixed = false;  ///< products of matrices in bfloat16
};

Place place_of(const TrainingOptions& options) {
  const Place place{device_named(options.device), options.precision == "bfloat16"};
  if (!place.mixed && options.precision != "float32")
    throw Error("unknown precision \"" + options.precision + "\"; known are float32 and bfloat16");
  if (place.mixed && place.device.is_cpu())
    throw Error("bfloat16 is for training on a GPU, but the device is the CPU; use float32 there");
  return place;
}

/// Holds nothing that differs between two runs of the same training.
Json training_card(const TrainingOptions& options, const Recipe& recipe, const StepMaker& maker, const Place& place,
                   std::uint64_t seed, int epochs, double loss) {
  Json card;
  card["data"] = options.data->name();
  card["split"] = "train";
  card["clouds"] = maker.items().size();
  card["points"] = maker.points();
  card["seed"] = seed;
  card["epochs"] = epochs;
  card["steps"] = std::int64_t(epochs) * maker.steps_per_epoch();
  card["last_epoch_loss"] = std::round(loss * 1e5) / 1e5;
  if (!place.device.is_cpu()) card["device"] = c10::DeviceTypeName(place.device.type(), true);
  if (place.mixed) card["precision"] = options.precision;
  if (recipe.json.contains("about")) card["about"] = recipe.json["about"];
  for (const auto& note : options.notes) {
    const auto equals = note.find('=');
    if (equals == std::string::npos) throw Error("a note must look like key=value, but is \"" + note + "\"");
    card[note.substr(0, equals)] = note.substr(equals + 1);
  }
  return card;
}

/// Calibration by the val split where there is one, and the figures on it for the training card.
Calibration check_on_val(const TrainingOptions& options, const Recipe& recipe, const Network& network,
                         const at::Tensor& flat, Json& card) {
  Calibration calibration{recipe.training.temperature, recipe.training.category_temperature, Json::object()};
  const auto splits = options.data->splits();
  if (std::find(splits.begin(), splits.end(), "val") == splits.end()) return calibration;
  auto model = std::make_shared<Model>(recipe);
  model->flat = flat;
  model->weights = weight_views(network.parameters(), flat);
  EvaluationOptions how;
  how.data = options.data;
  how.split = "val";
  how.run.threads = options.threads;
  how.run.device = options.device;
  calibration = calibrate(model, how);
  const auto figures = evaluate(model, how);
  const auto rounded = [](double x) { return std::round(x * 1e5) / 1e5; };
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

/// The loss of a step, for which the host waits together with the gradient's norm.
double checked_loss(const at::Tensor& loss, const at::Tensor& norm, std::int64_t step) {
  const auto both = at::stack({loss.detach().to(at::kDouble), norm}).cpu();
  if (!std::isfinite(both[1].item<double>()))
    throw Error("training: the gradient is not finite at step " + std::to_string(step) +
                "; lower the learning rate, or look for absurd coordinates in the data");
  return both[0].item<double>();
}

void train_checked(const TrainingOptions& options) {
  const auto place = place_of(options);
  if (!options.data) throw Error("a training needs data");
  auto recipe = read_recipe(options.recipe.string(), options.changes);
  const auto seed = options.seed.value_or(recipe.training.seed);
  const int epochs = options.epochs.value_or(recipe.training.epochs);
  if (epochs < 1) throw Error("the number of epochs must be at least 1, but is " + std::to_string(epochs));
  recipe.json["training"]["seed"] = seed;
  recipe.json["training"]["epochs"] = epochs;
  const Network network(recipe);
  const auto items = list_data(*options.data, "train", recipe, options.only, options.without);
  const StepMaker make(recipe, network, items, options.data, seed, place.device);
  const auto steps = std::int64_t(epochs) * make.steps_per_epoch();

  at::Tensor flat;
  auto weights = initial_weights(network.parameters(), seed, &flat);
  const auto say = [&](const std::string& message) {
    TrainingProgress report;
    report.epochs = epochs;
    report.steps = steps;
    report.message = message;
    if (options.progress && !options.progress(report)) throw Cancelled();
  };
  say(std::to_string(items.size()) + " clouds, " + std::to_string(flat.numel()) + " parameters, " +
      std::to_string(steps) + " steps");
  const auto checkpoint = std::filesystem::path(options.output.string() + ".checkpoint");
  const bool goes_on = options.resume && std::filesystem::exists(checkpoint);
  if (network.standardises() && !goes_on) {
    std::vector<Scene> scenes;
    for (std::int64_t step = 0; step < std::min(steps, kStepsToStandardise); ++step)
      scenes.push_back(make(step).input.scene);
    network.standardise(scenes, weights);
  }
  if (!options.init.empty()) say(start_from(options.init, network.parameters(), weights));
  flat = flat.to(place.device);
  weights = weight_views(network.parameters(), flat);
  Optimizer optimizer(network.parameters(), recipe.training, steps, flat);
  const auto print = fingerprint(recipe, items, seed, steps);
  Progress progress;
  if (goes_on) {
    progress = read_checkpoint(checkpoint, print, optimizer, flat.numel());
    say("continues after step " + std::to_string(progress.step));
  } else if (options.resume) {
    say("no checkpoint " + checkpoint.string() + "; starts anew");
  }
  for (auto& w : weights) w.requires_grad_(true);

  const int threads = ThreadCount::resolve(options.threads);
  const ThreadCount own_threads(threads);
  // A loader thread works on one cloud alone. On the CPU its cores are shared with the network's, which wait for it at
  // the worst; beside a GPU all cores make steps, as many ahead as its memory should hold.
  const int loaders = place.device.is_cpu() ? std::max(1, threads / 2) : std::min(threads, kStepsAheadOnDevice);
  Loader<TrainingStep> loader(progress.step, steps, loaders, std::max(3, loaders), [&](std::int64_t step) {
    const ThreadCount one(1);
    return make(step);
  });
  const auto start = Clock::now();
  auto saved = start;
  double last_loss = 0;
  std::int64_t points = 0;
  const auto save = [&] {
    auto now = progress;
    now.seconds += seconds_since(start);
    write_checkpoint(checkpoint, print, optimizer, now);
    saved = Clock::now();
  };
  const auto first_step = progress.step;
  while (progress.step < steps) {
    auto batch = loader.next();
    Dropout dropout(seed, static_cast<std::uint64_t>(progress.step), recipe.training.dropout,
                    recipe.training.head_dropout);
    const auto used = place.mixed ? with_products_in(at::kBFloat16, network.parameters(), weights) : weights;
    const auto loss = step_loss(network, used, batch, recipe.training, &dropout);
    const auto norm = optimizer.update(torch::autograd::grad({loss}, weights, {}, std::nullopt, false, true));
    progress.loss_sum += checked_loss(loss, norm, progress.step);
    points += batch.points;
    batch = {};
    ++progress.step;
    ++progress.loss_count;

    TrainingProgress report;
    report.epochs = epochs;
    report.steps = steps;
    report.step = progress.step;
    report.epoch = static_cast<int>((progress.step - 1) / make.steps_per_epoch()) + 1;
    report.loss = progress.loss_sum / progress.loss_count;
    const double spent = seconds_since(start);
    report.points_per_second = points / spent;
    report.seconds_left = spent / (progress.step - first_step) * (steps - progress.step);
    if (progress.step % make.steps_per_epoch() == 0) {
      last_loss = report.loss;
      char text[120];
      std::snprintf(text, sizeof text, "epoch %d of %d: loss %.5f, rate %.2e, %.0f s", report.epoch, epochs,
                    report.loss, optimizer.learning_rate(), progress.seconds + spent);
      report.message = text;
      progress.loss_sum = 0;
      progress.loss_count = 0;
    }
    if (progress.step < steps && seconds_since(saved) > kSecondsBetweenCheckpoints) save();
    if (options.progress && !options.progress(report)) {
      save();
      throw Cancelled();
    }
  }
  for (auto& w : weights) w.requires_grad_(false);
  auto card = training_card(options, recipe, make, place, seed, epochs, last_loss);
  const auto average = optimizer.average().cpu();
  const auto calibration = check_on_val(options, recipe, network, average, card);
  if (card.contains("accuracy")) say("on val: " + card["accuracy"].dump());
  write_model(options.output, recipe, network, average, card, calibration);
  std::error_code ignored;
  std::filesystem::remove(checkpoint, ignored);
}

}  // namespace

void train(const TrainingOptions& options) {
  with_public_errors([&] { train_checked(options); }, "train on smaller clouds, or let the recipe crop them");
}

}  // namespace treewalk
