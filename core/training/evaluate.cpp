// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <map>
#include <mutex>
#include <numeric>
#include <optional>

#include "core/device/devices.h"
#include "core/device/parallel.h"
#include "core/device/stopwatch.h"
#include "core/device/threads.h"
#include "core/model/model_file.h"
#include "core/training/dataset.h"
#include "core/training/metrics.h"
#include "treewalk/trainer.h"

namespace treewalk {
namespace {

/// Objects are read and taken together until they have so many points.
constexpr std::int64_t kPointsAtOnce = 1 << 18;

double peak_memory_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

double finite_or_zero(double x) { return std::isfinite(x) ? x : 0; }

/// What the figures of parts are made of, shape by shape.
class PartCounts {
 public:
  explicit PartCounts(const Recipe& recipe)
      : parts_(recipe.categories.size()),
        found_(recipe.categories.size()),
        given_(recipe.categories.size()),
        points_given_(static_cast<int>(recipe.classes.size())) {
    for (std::size_t c = 0; c < recipe.category_of_class.size(); ++c)
      parts_[recipe.category_of_class[c]].push_back(static_cast<int>(c));
  }
  /// found, given: confusions of a shape's points without and with its category told.
  void add(int category, int category_found, const Confusion& found, const Confusion& given) {
    ++shapes_;
    right_ += category == category_found;
    found_[category].push_back(shape_iou(found, parts_[category]));
    given_[category].push_back(shape_iou(given, parts_[category]));
    points_given_.add(given);
  }
  PartFigures figures() const {
    PartFigures figures;
    figures.category_accuracy = shapes_ > 0 ? static_cast<double>(right_) / static_cast<double>(shapes_) : 0;
    figures.overall_accuracy_given_class = finite_or_zero(points_given_.overall_accuracy());
    means(found_, figures.instance_mean_iou, figures.category_mean_iou);
    means(given_, figures.instance_mean_iou_given_class, figures.category_mean_iou_given_class);
    return figures;
  }

 private:
  /// Over all shapes, and over the categories that occur.
  static void means(const std::vector<std::vector<double>>& iou, double& instance, double& category) {
    double sum = 0, shapes = 0, of_means = 0, categories = 0;
    for (const auto& own : iou) {
      if (own.empty()) continue;
      const double total = std::accumulate(own.begin(), own.end(), 0.0);
      sum += total;
      shapes += static_cast<double>(own.size());
      of_means += total / static_cast<double>(own.size());
      ++categories;
    }
    instance = shapes > 0 ? sum / shapes : 0;
    category = categories > 0 ? of_means / categories : 0;
  }

  std::vector<std::vector<int>> parts_;             // of each category
  std::vector<std::vector<double>> found_, given_;  // per category: IoU of its shapes
  Confusion points_given_;
  std::int64_t shapes_ = 0, right_ = 0;
};

/// A cloud and what the model makes of it.
struct Found {
  DataItem item;
  Cloud cloud;
  std::vector<ClassScore> scores;
  Segmentation labels;
  std::optional<Segmentation> given_labels;  ///< models of parts: with the true category, where another was found
  double seconds = 0;
};

void find(Found& found, const Session& session, const Recipe& recipe) {
  const auto start = std::chrono::steady_clock::now();
  const auto& item = found.item;
  try {
    if (recipe.task == "classification") {
      found.scores = session.classify(found.cloud.view());
    } else {
      found.labels = session.segment(found.cloud.view());
      const auto& categories = found.labels.categories;
      if (!categories.empty() && static_cast<int>(categories.front().id) != item.cloud_label)
        found.given_labels = session.segment(found.cloud.view(), recipe.categories[item.cloud_label]);
    }
  } catch (const Cancelled&) {
    throw;
  } catch (const Error& error) {
    throw Error(item.where() + ": " + error.what());
  }
  found.seconds = seconds_since(start);
}

}  // namespace

Evaluation evaluate(std::shared_ptr<const Model> model, const EvaluationOptions& options) {
  if (!model) throw Error("an evaluation needs a model");
  const auto& recipe = model->recipe;
  if (!options.data) throw Error("an evaluation needs data");
  const auto items = list_data(*options.data, options.split, recipe, options.only, options.without);
  std::mutex one_at_a_time;
  auto run = options.run;
  if (run.progress)
    run.progress = [&](double done, const std::string& stage) {
      const std::lock_guard lock(one_at_a_time);
      return options.run.progress(done, stage);
    };
  const Session session(model, run);
  const auto& classes = recipe.classes;
  std::map<std::uint32_t, int> index_of_id;
  for (std::size_t c = 0; c < classes.size(); ++c) index_of_id[classes[c].id] = static_cast<int>(c);

  Evaluation result;
  result.task = recipe.task;
  result.device = device_named(options.run.device).str();
  result.threads = ThreadCount::resolve(options.run.threads);
  result.seed = recipe.training.seed;
  result.model_sha256 = model->info.sha256;
  Confusion all(static_cast<int>(classes.size()));
  Reliability reliability;
  PartCounts parts(recipe);
  double seconds = 0, labelled = 0;  // labelled: points that got a class, with or without a true one
  const ThreadCount threads(options.run.threads);
  for (auto first = items.begin(); first != items.end();) {
    std::vector<Found> batch;
    for (std::int64_t points = 0; first != items.end(); ++first) {
      // Scenes are worth all threads each; objects are taken many at a time, one thread each.
      if (!batch.empty() && (recipe.scene.normalise == "none" || points > kPointsAtOnce)) break;
      batch.push_back({*first, options.data->read(*first), {}, {}, {}});
      points += batch.back().cloud.size();
    }
    const auto start = std::chrono::steady_clock::now();
    parallel_tasks(static_cast<std::int64_t>(batch.size()), [&](std::int64_t i) { find(batch[i], session, recipe); });
    seconds += seconds_since(start);
    for (const auto& [item, cloud, scores, labels, given_labels, spent] : batch) {
      Confusion own(static_cast<int>(classes.size()));
      if (!scores.empty()) {
        const int best = index_of_id.at(scores.front().id);
        own.add(item.cloud_label, best);
        reliability.add(scores.front().probability, best == item.cloud_label);
      }
      if (recipe.task == "segmentation") {
        const auto truth = class_of_points(cloud.view(), recipe);
        /// count(truth, found, confidence) for every point that was labelled: those with a finite position.
        const auto for_each_labelled = [&, n = cloud.size()](const Segmentation& result, const auto& count) {
          for (std::int64_t p = 0; p < n; ++p) {
            const auto found = index_of_id.find(result.label[p]);
            if (found != index_of_id.end() && result.confidence[p] > 0)
              count(truth[p], found->second, result.confidence[p]);
          }
        };
        for_each_labelled(labels, [&](int true_class, int found, float confidence) {
          own.add(true_class, found);
          if (true_class >= 0) reliability.add(confidence, true_class == found);
          ++labelled;
        });
        if (!labels.categories.empty()) {
          Confusion given = own;  // the parts are the same where the category was found
          if (given_labels) {
            given = Confusion(static_cast<int>(classes.size()));
            for_each_labelled(*given_labels, [&](int true_class, int part, float) { given.add(true_class, part); });
          }
          parts.add(item.cloud_label, static_cast<int>(labels.categories.front().id), own, given);
        }
      }
      all.add(own);
      result.points += recipe.task == "classification" ? cloud.size() : own.total();
      result.per_cloud.push_back({item.name, own.total(), finite_or_zero(own.overall_accuracy()),
                                  finite_or_zero(own.mean_iou()), finite_or_zero(own.kappa()), spent});
    }
  }
  result.clouds = static_cast<std::int64_t>(items.size());
  result.overall_accuracy = finite_or_zero(all.overall_accuracy());
  result.mean_class_accuracy = finite_or_zero(all.mean_class_accuracy());
  result.mean_iou = finite_or_zero(all.mean_iou());
  result.kappa = finite_or_zero(all.kappa());
  result.expected_calibration_error = reliability.expected_error();
  if (!recipe.categories.empty()) result.parts = parts.figures();
  for (int c = 0; c < all.classes(); ++c) {
    ClassFigures figures;
    figures.name = classes[c].name;
    figures.iou = finite_or_zero(all.iou(c));
    figures.accuracy = finite_or_zero(all.accuracy(c));
    result.confusion.emplace_back();
    for (int p = 0; p < all.classes(); ++p) {
      result.confusion.back().push_back(all.count(c, p));
      figures.points += all.count(c, p);
    }
    result.per_class.push_back(figures);
  }
  if (recipe.task == "classification") labelled = static_cast<double>(result.points);
  result.points_per_second = seconds > 0 ? labelled / seconds : 0;
  result.clouds_per_second = seconds > 0 ? static_cast<double>(result.clouds) / seconds : 0;
  result.peak_memory_mb = peak_memory_mb();
  return result;
}

}  // namespace treewalk
