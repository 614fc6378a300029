// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/calibrate.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/recipe/strict_json.h"
#include "core/training/dataset.h"
#include "core/training/metrics.h"

namespace treewalk {
namespace {

/// Probabilities with their true classes.
struct Rows {
  int classes = 0;
  std::vector<float> probability;
  std::vector<int> truth;

  void add(const float* row, int true_class) {
    probability.insert(probability.end(), row, row + classes);
    truth.push_back(true_class);
  }
  void add(const std::vector<ClassScore>& scores, const std::vector<std::string>& names, int true_class) {
    std::vector<float> row(names.size());
    for (const auto& score : scores)
      row[std::find(names.begin(), names.end(), score.name) - names.begin()] = score.probability;
    add(row.data(), true_class);
  }
  double error(double temperature) const {
    Reliability reliability;
    for (std::size_t i = 0; i < truth.size(); ++i) {
      const float* p = probability.data() + i * classes;
      double sum = 0;
      const auto best = std::max_element(p, p + classes) - p;
      for (int c = 0; c < classes; ++c) sum += std::pow(static_cast<double>(p[c]), 1 / temperature);
      reliability.add(std::pow(static_cast<double>(p[best]), 1 / temperature) / sum, best == truth[i]);
    }
    return reliability.expected_error();
  }
};

double rounded(double x) { return std::round(x * 1e5) / 1e5; }

/// Says in the note what a temperature does.
double noted(double temperature, const Rows& rows, const std::string& prefix, Json& note) {
  note[prefix + "error_before"] = rounded(rows.error(1));
  note[prefix + "error_after"] = rounded(rows.error(temperature));
  return temperature;
}

double fitted(const Rows& rows) { return best_temperature(rows.probability, rows.truth, rows.classes); }

/// The middle one; of an even number the geometric mean of the two in the middle. 1 of none.
double median(std::vector<double> temperature) {
  if (temperature.empty()) return 1;
  std::sort(temperature.begin(), temperature.end());
  const auto size = temperature.size();
  return std::sqrt(temperature[(size - 1) / 2] * temperature[size / 2]);
}

}  // namespace

Calibration calibrate(std::shared_ptr<const Model> model, const EvaluationOptions& options) {
  const auto& recipe = model->recipe;
  const auto items = list_data(*options.data, options.split, recipe, options.only, options.without);
  auto run = options.run;
  run.probabilities = true;
  // What the model itself was calibrated with is set aside.
  auto plain = std::make_shared<Model>(*model);
  plain->info.temperature = plain->info.category_temperature = 1;
  const Session session(plain, run);
  Rows rows, categories;
  std::vector<double> of_scenes;  // their temperatures
  rows.classes = static_cast<int>(recipe.classes.size());
  categories.classes = static_cast<int>(recipe.categories.size());
  for (const auto& item : items) {
    const auto cloud = options.data->read(item);
    if (recipe.task == "classification") {
      const auto scores = session.classify(cloud.view());
      if (!scores.empty()) rows.add(scores, recipe.class_names(), item.cloud_label);
      continue;
    }
    auto result = session.segment(cloud.view());
    if (!result.categories.empty()) {
      categories.add(result.categories, recipe.categories, item.cloud_label);
      // Parts are measured with the true category, which is most often the one that was found.
      if (static_cast<int>(result.categories.front().id) != item.cloud_label)
        result = session.segment(cloud.view(), recipe.categories[item.cloud_label]);
    }
    const auto truth = class_of_points(cloud.view(), recipe);
    std::vector<std::int64_t> usable;
    for (std::int64_t p = 0; p < cloud.size(); ++p)
      if (truth[p] >= 0 && result.confidence[p] > 0) usable.push_back(p);
    const auto count = std::min<std::int64_t>(kCalibrationPoints, static_cast<std::int64_t>(usable.size()));
    Rows own;
    own.classes = rows.classes;
    for (std::int64_t i = 0; i < count; ++i) {
      const auto p = usable[i * static_cast<std::int64_t>(usable.size()) / count];
      for (Rows* some : {&rows, &own}) some->add(result.probability.data() + p * rows.classes, truth[p]);
    }
    if (count > 0) of_scenes.push_back(fitted(own));
  }
  Calibration calibration;
  Json note{{"split", options.split}, {"clouds", items.size()}};
  const bool scenes = recipe.task == "segmentation" && recipe.scene.normalise == "none";
  calibration.temperature = noted(scenes ? median(of_scenes) : fitted(rows), rows, "", note);
  if (categories.classes > 0)
    calibration.category_temperature = noted(fitted(categories), categories, "category_", note);
  calibration.note = note.dump();
  return calibration;
}

}  // namespace treewalk
