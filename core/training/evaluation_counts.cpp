// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/evaluation_counts.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "core/recipe/unknown_label.h"
#include "treewalk/detail/words.h"

namespace treewalk {

namespace {

double finite_or_zero(double x) { return std::isfinite(x) ? x : 0; }

/// Of the shapes' IoU per category: the mean over all shapes, and over the categories that occur.
void write_means(const std::vector<std::vector<double>>& iou, double& instance, double& category) {
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

/// The model's recipe stays as it is, so foreign labels have to be told.
std::vector<std::int8_t> true_classes(const CloudResult& result, const Recipe& recipe) {
  try {
    return class_of_points(result.cloud.view(), recipe);
  } catch (const UnknownLabel& unknown) {
    const auto label = std::to_string(unknown.label);
    throw Error(
        result.item.where() + ": the label " + label +
        " is of no class that the model knows, nor one that it ignores; say what it means, in treewalk evaluate "
        "with --map " +
        label + "=CLASS; the classes are " + detail::quoted_list(recipe.class_names()));
  } catch (const Error& error) {
    throw Error(result.item.where() + ": " + error.what());
  }
}

}  // namespace

PartCounts::PartCounts(const Recipe& recipe)
    : parts_(recipe.categories.size()),
      found_(recipe.categories.size()),
      given_(recipe.categories.size()),
      points_given_(static_cast<int>(recipe.classes.size())) {
  for (std::size_t c = 0; c < recipe.category_of_class.size(); ++c)
    parts_[recipe.category_of_class[c]].push_back(static_cast<int>(c));
}

void PartCounts::add(int category, int category_found, const Confusion& found, const Confusion& given) {
  ++shapes_;
  right_ += category == category_found;
  found_[category].push_back(shape_iou(found, parts_[category]));
  given_[category].push_back(shape_iou(given, parts_[category]));
  points_given_.add(given);
}

PartFigures PartCounts::figures() const {
  PartFigures figures;
  figures.category_accuracy = shapes_ > 0 ? static_cast<double>(right_) / static_cast<double>(shapes_) : 0;
  figures.overall_accuracy_given_class = finite_or_zero(points_given_.overall_accuracy());
  write_means(found_, figures.instance_mean_iou, figures.category_mean_iou);
  write_means(given_, figures.instance_mean_iou_given_class, figures.category_mean_iou_given_class);
  return figures;
}

EvaluationCounts::EvaluationCounts(const Recipe& recipe)
    : recipe_(recipe), all_(static_cast<int>(recipe.classes.size())), parts_(recipe) {
  for (std::size_t c = 0; c < recipe.classes.size(); ++c) {
    index_of_id_[recipe.classes[c].id] = static_cast<int>(c);
    named_.push_back(recipe.task == "classification" || !recipe.classes[c].source_labels.empty());
  }
}

void EvaluationCounts::add(const CloudResult& result) {
  Confusion own(all_.classes());
  if (recipe_.task == "segmentation") {
    add_points(result, own);
    points_ += own.total();
  } else {
    if (!result.scores.empty()) {
      const auto& best = result.scores.front();
      const int found = index_of_id_.at(best.id);
      own.add(result.item.cloud_label, found);
      reliability_.add(best.probability, found == result.item.cloud_label);
    }
    points_ += result.cloud.size();
    labelled_ += result.cloud.size();
  }
  all_.add(own);
  per_cloud_.push_back({result.item.name, own.total(), finite_or_zero(own.overall_accuracy()),
                        finite_or_zero(own.mean_iou(named_)), finite_or_zero(own.kappa()), result.seconds});
}

void EvaluationCounts::add_points(const CloudResult& result, Confusion& own) {
  const auto truth = true_classes(result, recipe_);
  /// count(truth, found, confidence) for every point that was labelled: those with a finite position.
  const auto for_each_labelled = [&](const Segmentation& labels, const auto& count) {
    for (std::size_t p = 0; p < truth.size(); ++p) {
      const auto found = index_of_id_.find(labels.label[p]);
      if (found != index_of_id_.end() && labels.confidence[p] > 0) count(truth[p], found->second, labels.confidence[p]);
    }
  };
  for_each_labelled(result.labels, [&](int true_class, int found, float confidence) {
    own.add(true_class, found);
    if (true_class >= 0) reliability_.add(confidence, true_class == found);
    if (is_coarse(true_class)) {
      const auto& classes = recipe_.coarse[coarse_index(true_class)].classes;
      ++coarse_;
      coarse_right_ += std::binary_search(classes.begin(), classes.end(), found);
    }
    ++labelled_;
  });
  if (result.labels.categories.empty()) return;
  Confusion given = own;  // the parts are the same where the category was found
  if (result.given_labels) {
    given = Confusion(own.classes());
    for_each_labelled(*result.given_labels, [&](int true_class, int part, float) { given.add(true_class, part); });
  }
  parts_.add(result.item.cloud_label, static_cast<int>(result.labels.categories.front().id), own, given);
}

void EvaluationCounts::write(Evaluation& evaluation) const {
  evaluation.clouds = static_cast<std::int64_t>(per_cloud_.size());
  evaluation.points = points_;
  evaluation.overall_accuracy = finite_or_zero(all_.overall_accuracy());
  evaluation.mean_class_accuracy = finite_or_zero(all_.mean_class_accuracy());
  evaluation.mean_iou = finite_or_zero(all_.mean_iou(named_));
  evaluation.kappa = finite_or_zero(all_.kappa());
  evaluation.expected_calibration_error = reliability_.expected_error();
  if (!recipe_.categories.empty()) evaluation.parts = parts_.figures();
  if (coarse_ > 0)
    evaluation.coarse = CoarseFigures{coarse_, static_cast<double>(coarse_right_) / static_cast<double>(coarse_)};
  for (int c = 0; c < all_.classes(); ++c) {
    ClassFigures figures;
    figures.name = recipe_.classes[c].name;
    figures.iou = finite_or_zero(all_.iou(c));
    figures.accuracy = finite_or_zero(all_.accuracy(c));
    figures.points = all_.in_truth(c);
    evaluation.per_class.push_back(figures);
    evaluation.confusion.emplace_back();
    for (int p = 0; p < all_.classes(); ++p) evaluation.confusion.back().push_back(all_.count(c, p));
  }
  evaluation.per_cloud = per_cloud_;
}

}  // namespace treewalk
