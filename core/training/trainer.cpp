// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/trainer.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "core/device/devices.h"
#include "core/device/public_errors.h"
#include "core/device/stopwatch.h"
#include "core/device/threads.h"
#include "core/distributed/world.h"
#include "core/features/feature_table.h"
#include "core/model/model_file.h"
#include "core/training/checkpoint.h"
#include "core/training/data_loader.h"
#include "core/training/loss_trend.h"
#include "core/training/piece_steps.h"
#include "core/training/prefetcher.h"
#include "core/training/together.h"
#include "core/training/training_card.h"

namespace treewalk {
namespace {

using Clock = std::chrono::steady_clock;
constexpr double kSecondsBetweenCheckpoints = 30;
constexpr std::int64_t kStepsToStandardise = 12;  // training steps whose inputs give the mean and deviation
constexpr int kStepsAheadOnDevice = 8;

/// Whether products of matrices are computed in bfloat16.
bool mixed_precision(const TrainingOptions& options, c10::Device device) {
  const bool mixed = options.precision == "bfloat16";
  if (!mixed && options.precision != "float32")
    throw Error("unknown precision \"" + options.precision + "\"; known are float32 and bfloat16");
  if (mixed && device.is_cpu())
    throw Error("bfloat16 is for training on a GPU, but the device is the CPU; use float32 there");
  return mixed;
}

/// The recipe's optional fields, and those that its features read. They are written into the recipe, as a model that
/// was trained without a field must not be shown it.
std::vector<std::string> optional_fields(const Recipe& recipe) {
  auto optional = recipe.optional_fields;
  const auto has = [](const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  for (const auto& field : fields_of_features(recipe.scene))
    if (!has(optional, field) && !has(recipe.required_fields, field)) optional.push_back(field);
  return optional;
}

/// The recipe with the options' changes, seed and number of epochs, and the fields that it reads. pieces: how many a
/// batch is cut into where the recipe does not say; 0: as many as it has clouds.
Recipe recipe_of(const TrainingOptions& options, int pieces) {
  const auto recipe = read_recipe(options.recipe.string(), options.changes);
  const auto seed = options.seed.value_or(recipe.training.seed);
  const int epochs = options.epochs.value_or(recipe.training.epochs);
  if (epochs < 1) throw Error("the number of epochs must be at least 1, but is " + std::to_string(epochs));
  std::vector<std::string> changes{"training.seed=" + std::to_string(seed),
                                   "training.epochs=" + std::to_string(epochs)};
  if (recipe.training.pieces == 0 && pieces != 1)
    changes.push_back("training.pieces=" + std::to_string(pieces == 0 ? recipe.training.batch : pieces));
  if (const auto optional = optional_fields(recipe); optional != recipe.optional_fields)
    changes.push_back("fields.optional=" + Json(optional).dump());
  return parse_recipe(recipe.text, changes);
}

std::filesystem::path checkpoint_of(const TrainingOptions& options) { return options.output.string() + ".checkpoint"; }

/// Into how many pieces a batch is cut where the recipe does not say: one process goes on as several did before.
int pieces_of(const TrainingOptions& options, const World* world, bool goes_on) {
  if (world) return 0;
  return goes_on ? std::max(1, checkpoint_pieces(checkpoint_of(options))) : 1;
}

/// A training as its options ask for it, before its first step.
struct Training {
  /// world: of processes that train together, or null.
  Training(const TrainingOptions& options, World* world, bool goes_on);
  Training(const Training&) = delete;  // the loader refers to recipe and network
  Training& operator=(const Training&) = delete;

  TrainingProgress progress_at(std::int64_t step) const {
    TrainingProgress report;
    report.epochs = recipe.training.epochs;
    report.steps = steps;
    report.step = step;
    return report;
  }
  /// Whether this process reads and writes the checkpoint, writes the model and talks to the user.
  bool leads() const { return !world || world->rank() == 0; }
  void tell(const TrainingProgress& report) const {
    if (!leads() && !report.message.empty()) return;
    if (options.progress && !options.progress(report)) throw Cancelled();
  }
  void say(const std::string& message) const {
    auto report = progress_at(0);
    report.message = message;
    tell(report);
  }

  /// Hands on what the loader has to say, if anything.
  void tell_notes(TrainingProgress report) const {
    if (!leads()) return;
    for (auto& note : load.take_notes()) {
      report.message = std::move(note);
      tell(report);
    }
  }

  const TrainingOptions& options;
  World* world;
  c10::Device device;
  bool mixed;
  Recipe recipe;
  Network network;
  DataLoader load;
  std::int64_t steps;
  std::filesystem::path checkpoint;
  bool goes_on;  ///< from a checkpoint
  std::string print;
};

Training::Training(const TrainingOptions& options, World* world, bool goes_on)
    : options(options),
      world(world),
      device(device_of_rank(world, options.device)),
      mixed(mixed_precision(options, device)),
      recipe(recipe_of(options, pieces_of(options, world, goes_on))),
      network(recipe),
      load(recipe, network, list_data(*options.data, "train", recipe, options.only, options.without), options.data,
           recipe.training.seed, device),
      steps(std::int64_t(recipe.training.epochs) * load.steps_per_epoch()),
      checkpoint(checkpoint_of(options)),
      goes_on(goes_on),
      print(fingerprint(recipe, load.items(), recipe.training.seed, steps, options.reading)) {
  check_pieces(world, recipe.training.batch, recipe.training.pieces);
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

/// The weights before the first step, flat and on the CPU; a checkpoint replaces them.
at::Tensor starting_weights(const Training& training) {
  const auto& network = training.network;
  at::Tensor flat;
  auto weights = initial_weights(network.parameters(), training.recipe.training.seed, &flat);
  training.say(std::to_string(training.load.items().size()) + " clouds, " + std::to_string(flat.numel()) +
               " parameters, " + std::to_string(training.steps) + " steps");
  if (const auto& warning = training.load.balance_warning(); !warning.empty()) training.say("warning: " + warning);
  training.load.check_clouds();
  if (network.standardises() && !training.goes_on) {
    std::vector<Scene> scenes;
    for (std::int64_t step = 0; step < std::min(training.steps, kStepsToStandardise); ++step)
      for (auto& scene : training.load.scenes(step)) scenes.push_back(std::move(scene));
    network.standardise(scenes, weights);
    training.tell_notes(training.progress_at(0));
  }
  const auto& init = training.options.init;
  if (!init.empty()) training.say(start_from(init, network.parameters(), weights));
  return flat;
}

/// How far the training is: at its checkpoint, which gives the optimizer its state, or at its beginning.
Progress resumed(const Training& training, Optimizer& optimizer) {
  Progress progress;
  if (!training.leads()) return progress;
  if (training.goes_on) {
    progress = read_checkpoint(training.checkpoint, training.print, optimizer, training.network.parameters().numel());
    training.say("continues after step " + std::to_string(progress.step));
  } else if (training.options.resume) {
    training.say("no checkpoint " + training.checkpoint.string() + "; starts anew");
  }
  return progress;
}

/// One line about an epoch.
std::string epoch_summary(const TrainingProgress& report, double learning_rate, double seconds) {
  char text[120];
  std::snprintf(text, sizeof text, "epoch %d of %d: loss %.5f, rate %.2e, %.0f s", report.epoch, report.epochs,
                report.loss, learning_rate, seconds);
  return text;
}

/// What this process has done for a training that it began or went on with.
struct Run {
  Clock::time_point start = Clock::now();
  std::int64_t first_step = 0, points = 0;
  double last_loss = 0;  ///< mean of the last whole epoch
};

/// Counts a step in; returns how far the training is then, at the end of an epoch with a summary.
TrainingProgress count_in(const StepResult& step, const Training& training, const Optimizer& optimizer, Run& run,
                          Progress& progress) {
  run.points += step.points;
  progress.loss_sum += step.loss;
  ++progress.loss_count;
  ++progress.step;
  const int steps_per_epoch = training.load.steps_per_epoch();
  const double spent = seconds_since(run.start);
  auto report = training.progress_at(progress.step);
  report.epoch = static_cast<int>((progress.step - 1) / steps_per_epoch) + 1;
  report.loss = progress.loss_sum / static_cast<double>(progress.loss_count);
  report.points_per_second = static_cast<double>(run.points) / spent;
  report.seconds_left =
      spent / static_cast<double>(progress.step - run.first_step) * static_cast<double>(training.steps - progress.step);
  if (progress.step % steps_per_epoch == 0) {
    run.last_loss = report.loss;
    report.message = epoch_summary(report, optimizer.learning_rate(), progress.seconds + spent);
    progress.loss_sum = 0;
    progress.loss_count = 0;
  }
  return report;
}

/// Tells the user; false: he wants to stop.
bool told(const Training& training, const TrainingProgress& report) {
  try {
    training.tell_notes(report);
    training.tell(report);
    return true;
  } catch (const Cancelled&) {
    return false;
  }
}

/// What there is to say after the last step. made: gradients of clouds that this process made.
void tell_end(const Training& training, std::int64_t made, const std::string& trend) {
  if (training.world) training.say(gradients_made(training.world, made));
  if (!training.leads()) return;
  if (training.world) training.load.points();  // the warnings are of all clouds, whoever read them
  for (const auto& warning : training.load.warnings()) training.say("warning: " + warning);
  if (!trend.empty()) training.say("warning: " + trend);
}

/// Takes the steps that remain; returns the mean loss of the last epoch.
double take_steps(const Training& training, const Weights& weights, Optimizer& optimizer, Progress progress) {
  World* const world = training.world;
  const int asked = training.options.threads;
  const int threads = world && asked == 0 ? world->cores() : ThreadCount::resolve(asked);
  const ThreadCount own_threads(threads);
  PieceSteps steps(training.recipe, training.network, training.load, world, training.mixed);
  // A thread that prefetches works on one cloud alone. On the CPU its cores are shared with the network's, which wait
  // for it at the worst; beside a GPU all cores make batches, as many ahead as its memory should hold.
  const int workers = training.device.is_cpu() ? std::max(1, threads / 2) : std::min(threads, kStepsAheadOnDevice);
  Prefetcher<std::vector<Batch>> batches(progress.step, training.steps, workers, std::max(3, workers),
                                         [&](std::int64_t step) {
                                           const ThreadCount one(1);
                                           return steps.pieces(step);
                                         });
  Run run;
  run.first_step = progress.step;
  auto saved = run.start;
  const auto save = [&] {
    if (!training.leads()) return;
    auto now = progress;
    now.seconds += seconds_since(run.start);
    write_checkpoint(training.checkpoint, training.print, optimizer, now);
    saved = Clock::now();
  };
  bool stop = false;
  LossTrend trend(training.steps - progress.step);
  while (progress.step < training.steps) {
    try {
      const auto step = steps.take([&] { return batches.next(); }, weights, optimizer, stop);
      if (step.stopped) throw Cancelled();
      trend.add(step.loss);
      const auto report = count_in(step, training, optimizer, run, progress);
      if (progress.step < training.steps && seconds_since(saved) > kSecondsBetweenCheckpoints) save();
      stop = !told(training, report);
      if (stop && !world) throw Cancelled();
    } catch (const Cancelled&) {
      save();
      throw;
    } catch (const LostProcess&) {
      save();
      throw;
    }
  }
  tell_end(training, steps.made(), run.first_step == 0 ? trend.warning() : std::string());
  return run.last_loss;
}

/// The weights before the first step, on the device of the training: those of rank 0 in all processes.
at::Tensor shared_weights(const Training& training) {
  at::Tensor flat;
  together(training.world, [&] { flat = starting_weights(training); });
  if (training.world) training.world->broadcast(flat);
  return flat.to(training.device);
}

void train_checked(const TrainingOptions& options) {
  if (!options.data) throw Error("a training needs data");
  for (const auto& note : options.notes)
    if (note.find('=') == std::string::npos) throw Error("a note must look like key=value, but is \"" + note + "\"");
  const auto world = World::join(options.world);
  const bool goes_on = as_rank_0(world.get(), options.resume && std::filesystem::exists(checkpoint_of(options)));
  std::optional<Training> made;
  together(world.get(), [&] { made.emplace(options, world.get(), goes_on); });
  const Training& training = *made;
  check_same_training(world.get(), training.print);
  const auto& recipe = training.recipe;
  const auto& network = training.network;
  if (world)
    training.say(world->about() + " share out the " + std::to_string(recipe.training.batch) + " clouds of a step, in " +
                 std::to_string(recipe.training.pieces) + " pieces");
  const auto flat = shared_weights(training);
  Optimizer optimizer(network.parameters(), recipe.training, training.steps, flat);
  Progress progress;
  together(world.get(), [&] { progress = resumed(training, optimizer); });
  if (goes_on) take_over(world.get(), optimizer, progress);
  auto weights = weight_views(network.parameters(), flat);
  for (auto& w : weights) w.requires_grad_(true);
  const double loss = take_steps(training, weights, optimizer, progress);
  if (!training.leads()) return;

  auto card = training_card(options, recipe, training.load, training.device, loss);
  training.tell_notes(training.progress_at(training.steps));
  const auto average = optimizer.average().cpu();
  const auto calibration = calibrate_on_val(options, recipe, network, average, card);
  if (card.contains("accuracy")) training.say("on val: " + card["accuracy"].dump());
  write_model(options.output, recipe, network, average, card, calibration);
  std::error_code ignored;
  std::filesystem::remove(training.checkpoint, ignored);
}

}  // namespace

void train(const TrainingOptions& options) {
  with_public_errors([&] { train_checked(options); }, "train on smaller clouds, or let the recipe crop them");
}

}  // namespace treewalk
