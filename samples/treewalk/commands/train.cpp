// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <treewalk/memory.h>
#include <treewalk/shipped.h>
#include <treewalk/trainer.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>

#include "labels.h"
#include "memory.h"
#include "program.h"
#include "progress.h"
#include "text.h"
#include "units.h"

namespace program {

namespace {

struct Train {
  treewalk::TrainingOptions training;
  std::string recipe, init;  ///< files, or names of shipped ones
  std::string label_field = "label", scale, rendezvous;
  double wait = treewalk::WorldOptions().seconds;
  bool overwrite = false;
  Data data;
  bool quiet = false;
};

std::string progress_text(const treewalk::TrainingProgress& p) {
  std::string text = p.steps > 0 ? percent(static_cast<double>(p.step) / static_cast<double>(p.steps)) + "  " : "";
  text += "epoch " + std::to_string(p.epoch) + "/" + std::to_string(p.epochs) + "  loss " + fixed(p.loss, 4);
  if (p.points_per_second > 0) text += "  " + rate(p.points_per_second) + " points/s";
  if (p.seconds_left > 0) text += "  " + duration(p.seconds_left) + " left";
  return text;
}

/// Clouds in the units that the recipe is about. Threads that read at a time ask one after the other.
std::shared_ptr<const treewalk::DataSet> in_metres(const std::shared_ptr<const treewalk::DataSet>& data,
                                                   const fs::path& recipe, const std::string& scale) {
  struct Asked {
    Asked(const std::string& scale, const std::string& recipe) : units(scale, recipe) {}
    Units units;
    std::mutex turn;
  };
  std::ifstream file(recipe);
  const auto asked = std::make_shared<Asked>(scale, std::string{std::istreambuf_iterator<char>(file), {}});
  return read_by(data, [data, asked](const treewalk::DataEntry& entry) {
    treewalk::Cloud cloud = data->read(entry);
    std::unique_lock lock(asked->turn);
    const auto factor = asked->units.scale(entry.file);
    lock.unlock();
    scale_points(cloud, factor);
    return cloud;
  });
}

/// What clouds depend on beside their files, as far as it is not what it is by default.
std::map<std::string, std::string> reading_of(const Train& options) {
  std::map<std::string, std::string> reading;
  if (!options.scale.empty()) {
    const auto scale = scale_of(options.scale);  // the same numbers, however they were written
    reading["--scale"] = nlohmann::json(scale[0]).dump() + "," + nlohmann::json(scale[2]).dump();
  }
  if (options.label_field != "label") reading["--label-field"] = options.label_field;
  if (const auto points = options.data.layout.points; points != treewalk::LayoutOptions().points)
    reading["--points"] = std::to_string(points);
  return reading;
}

void run(const Train& options) {
  treewalk::keep_freed_memory();
  auto training = options.training;
  training.world = treewalk::world_of_environment(options.rendezvous);
  training.world.seconds = options.wait;
  check_output(training.output, {".treewalk"}, "-o", options.overwrite || training.resume);
  std::error_code error;
  if (const fs::path checkpoint = training.output.string() + ".checkpoint";
      !options.overwrite && !training.resume && fs::exists(checkpoint, error))
    throw treewalk::Error("'" + checkpoint.string() +
                          "' is of a training that was not finished; --resume goes on from " +
                          "it, --overwrite begins anew");
  for (const auto& note : training.notes)
    if (note.find('=') == std::string::npos) throw UsageError("--note '" + note + "' must be KEY=VALUE");
  training.recipe = treewalk::find_recipe(options.recipe);
  training.reading = reading_of(options);
  training.data = with_labels(in_metres(options.data.open(), training.recipe, options.scale), options.label_field);
  if (!options.init.empty()) training.init = treewalk::find_model(options.init);
  ProgressLine line("train", 0, options.quiet || training.world.rank > 0);
  training.progress = [&](const treewalk::TrainingProgress& p) {
    if (!p.message.empty()) line.keep(p.message);
    return p.step > 0 ? line.show_text(progress_text(p)) : !interrupted();
  };
  try {
    treewalk::train(training);
  } catch (const treewalk::Cancelled&) {
    line.clear();
    throw treewalk::Error("cancelled; the same command with --resume goes on from the checkpoint");
  }
  line.keep("wrote " + training.output.string() + " after " + duration(line.seconds()));
}

std::string shipped_recipe_names() {
  std::vector<std::string> names;
  for (const auto& [name, file] : treewalk::shipped_recipes()) names.push_back(name);
  return names.empty() ? "not installed" : joined(names);
}

}  // namespace

void add_train(CommandLine& line) {
  auto options = std::make_shared<Train>();
  auto& training = options->training;
  Command command = line.add("train", "Train a model on labelled clouds.");
  command.positional("RECIPE", options->recipe, "recipe file (.json), or the name of a shipped recipe").required();
  add_data(command, options->data, "folder of labelled clouds with a split train");
  command.option("-o,--output", training.output, "MODEL", "model to write (.treewalk)").required();
  add_overwrite(command, options->overwrite);
  command.option("--label-field", options->label_field, "FIELD", label_field_help);
  command.option("--seed", training.seed, "N", "instead of the recipe's");
  command.option("--epochs", training.epochs, "N", "instead of the recipe's").range(1, 1e6);
  command.option("--init", options->init, "MODEL", "start from this model's weights; other classes get a new head");
  command.flag("--resume", training.resume, "go on from the checkpoint beside the output");
  command.option("--precision", training.precision, "TYPE", "float32, or on a GPU bfloat16 for products of matrices");
  command.option("--only", training.only, "REGEX", "only clouds whose name (no extension) this matches");
  command.option("--without", training.without, "REGEX", "no clouds whose name this matches");
  command.option("--set", training.changes, "KEY=VALUE", "change the recipe: network.levels=5, and so on").once_each();
  command.option("--note", training.notes, "KEY=VALUE", "for the model's training card; may be repeated").once_each();
  command.option("--rendezvous", options->rendezvous, "PLACE",
                 "where several processes meet: HOST:PORT of the first, or a shared folder with a '/' in its path");
  command.option("--wait", options->wait, "SECONDS", "the longest that a process waits for another").range(1, 1e6);
  add_scale(command, options->scale);
  add_device(command, training.device);
  add_threads(command, training.threads, options->quiet);
  command.footer([] {
    return "RECIPE says what the model tells, what it sees, and how it is trained: a page of JSON, whose keys\n"
           "treewalk info --recipe explains. Shipped recipes: " +
           shipped_recipe_names() + ".";
  });
  command.example("treewalk train terrain --data FOLDER -o mine.treewalk");
  command.does([options] { run(*options); });
}

}  // namespace program
