// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "treewalk/dataset.h"
#include "treewalk/session.h"
#include "treewalk/world.h"

namespace treewalk {
/// \addtogroup training
/// @{

/// How far a training is.
struct TrainingProgress {
  int epoch = 0;                 ///< the current one, from 1
  int epochs = 0;                ///< of the whole training
  std::int64_t step = 0;         ///< steps done, over all epochs
  std::int64_t steps = 0;        ///< of the whole training
  double loss = 0;               ///< mean over the epoch so far
  double points_per_second = 0;  ///< since it began or was resumed
  double seconds_left = 0;       ///< at this pace
  std::string message;           ///< not empty: a line worth keeping (epoch summary, checkpoint, validation)
};

/// What a model is trained from, and how.
struct TrainingOptions {
  std::filesystem::path recipe;  ///< JSON file
  /// Changes of the recipe, such as "network.siblings=tree": keys with dots between them, and a value (JSON or text).
  std::vector<std::string> changes;
  std::shared_ptr<const DataSet> data;  ///< trains on its split "train" and, where it has one, measures on "val"
  std::filesystem::path output;         ///< model file; "<output>.checkpoint" appears beside it while training
  std::optional<std::uint64_t> seed;    ///< instead of the recipe's
  std::optional<int> epochs;            ///< instead of the recipe's
  std::filesystem::path init;           ///< start from this model's weights; a head of other classes is replaced
  bool resume = false;                  ///< continue from the checkpoint, of any device; bit for bit on the CPU
  int threads = 0;                      ///< 0: as many as the machine has cores
  std::string device = "auto";          ///< "auto" (a GPU where there is one), "cpu", "cuda" or "cuda:i"
  /// "float32", or on a GPU "bfloat16" for mixed precision: products of matrices are computed from numbers rounded to
  /// bfloat16; weights, their updates, attention, norms and the loss stay in float32.
  std::string precision = "float32";
  /// Regular expression on the last part of a cloud's name, without an extension: only these training clouds.
  std::string only;
  std::string without;  ///< the same: never these (leave-one-out experiments)
  /// How the data were read, by names of options with their values: a checkpoint goes on only with the same.
  std::map<std::string, std::string> reading;
  std::vector<std::string> notes;  ///< key=value pairs copied into the training card
  /// Returning false stops after writing a checkpoint; of several processes, all of them. Those that are not of rank 0
  /// are told how far the training is, and no message.
  std::function<bool(const TrainingProgress&)> progress;
  /// The processes that train together, each called with the same options but for its rank. Rank 0 alone reads and
  /// writes the checkpoint and writes the model. On the CPU the model is the same, bit for bit, for any number of them.
  WorldOptions world;
};

/// Trains a model and writes it. Throws Error (bad recipe, no data, a process that was lost, ...) or Cancelled.
/// \param options recipe, data and output are needed
TREEWALK_EXPORT void train(const TrainingOptions& options);

/// Figures of one class.
struct ClassFigures {
  std::string name;         ///< of the class
  double iou = 0;           ///< intersection over union of truth and prediction, 0..1
  double accuracy = 0;      ///< right ones among those that are of the class, 0..1
  std::int64_t points = 0;  ///< points (classification: clouds) that are of the class
};

/// Figures of models of parts. "Given class": the category was taken from the folder, not found by the model. Of IoU,
/// the mean over the parts of a shape's true category, one that neither occurs nor is predicted counting as 1; then
/// over all shapes (instance), or over the shapes of each category and then over the categories.
struct PartFigures {
  double category_accuracy = 0;              ///< shapes whose category was found, 0..1
  double instance_mean_iou = 0;              ///< mean over shapes
  double category_mean_iou = 0;              ///< mean over categories
  double overall_accuracy_given_class = 0;   ///< right points, 0..1
  double instance_mean_iou_given_class = 0;  ///< mean over shapes
  double category_mean_iou_given_class = 0;  ///< mean over categories
};

/// Of points whose label leaves the choice among several classes ("coarse" in recipes); they are in no other figure.
struct CoarseFigures {
  std::int64_t points = 0;  ///< that have such a label
  double accuracy = 0;      ///< those whose class is one of their label's, 0..1
};

/// What a model is worth on labelled clouds; pooled over all points (classification: clouds) of the split.
struct Evaluation {
  std::string task;                                  ///< "segmentation" or "classification"
  std::int64_t clouds = 0;                           ///< that were looked at
  std::int64_t points = 0;                           ///< that count: ignored and coarse labels do not
  double overall_accuracy = 0;                       ///< right ones, 0..1
  double mean_class_accuracy = 0;                    ///< mean of the classes' accuracies
  double mean_iou = 0;                               ///< mean of the IoU of classes that a label can name and that
                                                     ///< are there or were found
  double kappa = 0;                                  ///< Cohen's: agreement beyond chance, at most 1
  double expected_calibration_error = 0;             ///< of the confidences, 15 bins
  std::optional<PartFigures> parts;                  ///< models of parts only
  std::optional<CoarseFigures> coarse;               ///< where the data have such points
  std::vector<ClassFigures> per_class;               ///< in the model's order
  std::vector<std::vector<std::int64_t>> confusion;  ///< [truth][prediction]
  double points_per_second = 0;                      ///< file reading left out
  double clouds_per_second = 0;                      ///< file reading left out
  double peak_memory_mb = 0;                         ///< of the whole process so far
  std::string device;                                ///< on which it ran
  int threads = 0;                                   ///< on which it ran
  std::uint64_t seed = 0;                            ///< with which the model was trained
  std::string model_sha256;                          ///< of the model's file
  /// Figures of one cloud, as above.
  struct CloudFigures {
    std::string name;             ///< as in the data set
    std::int64_t points = 0;      ///< that count
    double overall_accuracy = 0;  ///< right points, 0..1
    double mean_iou = 0;          ///< mean of the classes' IoU, as above
    double kappa = 0;             ///< Cohen's
    double seconds = 0;           ///< that the model took
  };
  std::vector<CloudFigures> per_cloud;  ///< by name
  std::vector<std::string> warnings;    ///< of the runs (see Segmentation), each with the cloud's name before it
};

/// On what a model is measured, and how.
struct EvaluationOptions {
  std::shared_ptr<const DataSet> data;  ///< labelled clouds
  std::string split = "test";           ///< one of the data set's
  RunOptions run;                       ///< where and how the model runs
  std::string only;                     ///< as for training
  std::string without;                  ///< as for training
  /// What labels of the data mean, where they are not the recipe's: the name of a class, or of several, not all, any of
  /// which a point may be of (see CoarseFigures). Labels that are not named are left out. Empty: what the recipe says.
  std::map<std::uint32_t, std::vector<std::string>> meaning;
};

/// Runs a model on labelled clouds and counts. Throws Error (no data, labels that the model's recipe does not name,
/// ...) or Cancelled. \param model shared, never null \param options data are needed \return figures over all clouds,
/// of each class and of each cloud
TREEWALK_EXPORT Evaluation evaluate(std::shared_ptr<const Model> model, const EvaluationOptions& options);

/// @}
}  // namespace treewalk
