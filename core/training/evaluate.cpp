// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <sys/resource.h>

#include <chrono>
#include <mutex>
#include <utility>

#include "core/device/devices.h"
#include "core/device/parallel.h"
#include "core/device/stopwatch.h"
#include "core/device/threads.h"
#include "core/model/model_file.h"
#include "core/training/evaluation_counts.h"
#include "core/training/label_meaning.h"
#include "treewalk/memory.h"

namespace treewalk {
namespace {

/// Objects are read and taken together until they have so many points.
constexpr std::int64_t kPointsAtOnce = 1 << 18;

double peak_memory_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

/// The clouds from `next` on that are taken together: a scene alone, as all threads work on it, and objects many at a
/// time, one thread each. `next` moves behind them.
std::vector<CloudResult> read_together(std::vector<DataItem>::const_iterator& next,
                                       std::vector<DataItem>::const_iterator end, const DataSet& data,
                                       const Recipe& recipe) {
  std::vector<CloudResult> clouds;
  for (std::int64_t points = 0; next != end; ++next) {
    if (!clouds.empty() && (recipe.scene.normalise == "none" || points > kPointsAtOnce)) break;
    clouds.push_back({*next, data.read(*next), {}, {}, {}});
    points += clouds.back().cloud.size();
  }
  return clouds;
}

/// Lets the model see the cloud.
void find(CloudResult& result, const Session& session, const Recipe& recipe) {
  const auto start = std::chrono::steady_clock::now();
  const auto& item = result.item;
  try {
    if (recipe.task == "classification") {
      RunNotes notes;
      result.scores = session.classify(result.cloud.view(), &notes);
      result.labels.warnings = std::move(notes.warnings);
    } else {
      result.labels = session.segment(result.cloud.view());
      const auto& categories = result.labels.categories;
      if (!categories.empty() && static_cast<int>(categories.front().id) != item.cloud_label)
        result.given_labels = session.segment(result.cloud.view(), recipe.categories[item.cloud_label]);
    }
  } catch (const Cancelled&) {
    throw;
  } catch (const TooLittleMemory& error) {
    throw TooLittleMemory(item.where() + ": " + error.what(), error.least_mb);
  } catch (const Error& error) {
    throw Error(item.where() + ": " + error.what());
  }
  result.seconds = seconds_since(start);
}

}  // namespace

Evaluation evaluate(std::shared_ptr<const Model> model, const EvaluationOptions& options) {
  if (!model) throw Error("an evaluation needs a model");
  if (!options.data) throw Error("an evaluation needs data");
  const auto& recipe = model->recipe;
  const auto labels = with_meaning(recipe, options.meaning);
  const auto items = list_data(*options.data, options.split, recipe, options.only, options.without);
  std::mutex one_at_a_time;
  auto run = options.run;
  if (run.progress)
    run.progress = [&](double done, const std::string& stage) {
      const std::lock_guard lock(one_at_a_time);
      return options.run.progress(done, stage);
    };
  const Session session(model, run);
  const ThreadCount threads(run.threads);
  Evaluation result;
  EvaluationCounts counts(labels);
  double seconds = 0;
  for (auto next = items.begin(); next != items.end();) {
    auto clouds = read_together(next, items.end(), *options.data, recipe);
    const auto start = std::chrono::steady_clock::now();
    parallel_tasks(static_cast<std::int64_t>(clouds.size()), [&](std::int64_t i) { find(clouds[i], session, recipe); });
    seconds += seconds_since(start);
    for (const auto& cloud : clouds) {
      counts.add(cloud);
      for (const auto& warning : cloud.labels.warnings) result.warnings.push_back(cloud.item.where() + ": " + warning);
    }
  }
  result.task = recipe.task;
  counts.write(result);
  if (result.points == 0 && !result.coarse)
    throw Error("\"" + options.data->name() + "\", split \"" + options.split + "\": none of its " +
                std::to_string(items.size()) + " clouds has a point of a class, as " +
                (options.meaning.empty() ? "the model's recipe ignores all labels that they hold; say what the labels "
                                           "mean, in treewalk evaluate with --map VALUE=CLASS"
                                         : "they hold none of the labels that are said to mean one"));
  result.points_per_second = seconds > 0 ? static_cast<double>(counts.labelled()) / seconds : 0;
  result.clouds_per_second = seconds > 0 ? static_cast<double>(result.clouds) / seconds : 0;
  result.peak_memory_mb = peak_memory_mb();
  result.device = device_named(run.device).str();
  result.threads = ThreadCount::resolve(run.threads);
  result.seed = recipe.training.seed;
  result.model_sha256 = model->info.sha256;
  return result;
}

}  // namespace treewalk
