// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "treewalk/dataset.h"
#include "treewalk/session.h"

namespace treewalk {

struct TrainingProgress {
  int epoch = 0, epochs = 0;
  std::int64_t step = 0, steps = 0;
  double loss = 0;  ///< mean over the epoch so far
  double points_per_second = 0;
  double seconds_left = 0;
  std::string message;  ///< not empty: a line worth keeping (epoch summary, checkpoint, validation)
};

struct TrainingOptions {
  std::filesystem::path recipe;  ///< JSON file
  /// Changes of the recipe, such as "network.siblings=tree": keys with dots between them, and a value (JSON or text).
  std::vector<std::string> changes;
  std::shared_ptr<const DataSet> data;  ///< trains on its split "train" and, where it has one, measures on "val"
  std::filesystem::path output;         ///< model file; "<output>.checkpoint" appears beside it while training
  std::optional<std::uint64_t> seed;
  std::optional<int> epochs;
  std::filesystem::path init;  ///< start from this model's weights; a head of other classes is replaced
  bool resume = false;         ///< continue from the checkpoint, bit for bit on the CPU
  int threads = 0;
  std::string device = "auto";
  /// Regular expressions on the last part of a cloud's name, without an extension: only / never these training clouds
  /// (leave-one-out experiments).
  std::string only, without;
  std::vector<std::string> notes;                         ///< key=value pairs copied into the training card
  std::function<bool(const TrainingProgress&)> progress;  ///< returning false stops after writing a checkpoint
};

/// Trains a model and writes it. Throws Error (bad recipe, no data, ...) or Cancelled.
TREEWALK_EXPORT void train(const TrainingOptions& options);

struct ClassFigures {
  std::string name;
  double iou = 0, accuracy = 0;
  std::int64_t points = 0;
};

/// Figures of models of parts. "Given class": the category was taken from the folder, not found by the model. Of IoU,
/// the mean over the parts of a shape's true category, one that neither occurs nor is predicted counting as 1; then
/// over all shapes (instance), or over the shapes of each category and then over the categories.
struct PartFigures {
  double category_accuracy = 0;
  double instance_mean_iou = 0, category_mean_iou = 0;
  double overall_accuracy_given_class = 0;
  double instance_mean_iou_given_class = 0, category_mean_iou_given_class = 0;
};

/// Figures of product quality; pooled over all points (classification: clouds) of the split.
struct Evaluation {
  std::string task;
  std::int64_t clouds = 0, points = 0;
  double overall_accuracy = 0, mean_class_accuracy = 0, mean_iou = 0, kappa = 0;
  double expected_calibration_error = 0;  ///< of the confidences, 15 bins
  std::optional<PartFigures> parts;       ///< models of parts only
  std::vector<ClassFigures> per_class;
  std::vector<std::vector<std::int64_t>> confusion;     ///< [truth][prediction]
  double points_per_second = 0, clouds_per_second = 0;  ///< file reading left out
  double peak_memory_mb = 0;
  std::string device;
  int threads = 0;
  std::uint64_t seed = 0;
  std::string model_sha256;
  struct CloudFigures {
    std::string name;
    std::int64_t points = 0;
    double overall_accuracy = 0, mean_iou = 0, kappa = 0, seconds = 0;
  };
  std::vector<CloudFigures> per_cloud;
};

struct EvaluationOptions {
  std::shared_ptr<const DataSet> data;
  std::string split = "test";
  RunOptions run;
  std::string only, without;  ///< as for training
};

TREEWALK_EXPORT Evaluation evaluate(std::shared_ptr<const Model> model, const EvaluationOptions& options);

}  // namespace treewalk
