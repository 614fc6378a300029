// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "treewalk/cloud.h"

namespace treewalk {
/// \addtogroup core
/// @{

/// One row of a model's class table. Results are written as `id`.
struct ClassInfo {
  std::uint32_t id = 0;                                                ///< what results hold
  std::string name;                                                    ///< unique within the model
  std::string color;                                                   ///< "#rrggbb"
  std::vector<std::pair<std::uint32_t, std::uint32_t>> source_labels;  ///< inclusive ranges of training labels
  std::string category = "";  ///< models of parts: the kind of object that this is a part of; else empty
};

/// What a model file says about itself.
struct ModelInfo {
  std::string task;                          ///< "segmentation" or "classification"
  std::vector<ClassInfo> classes;            ///< in the model's order
  std::uint32_t unknown_id = 255;            ///< label of points that have no class
  std::vector<std::string> required_fields;  ///< besides x, y and z
  std::vector<std::string> optional_fields;  ///< replaced by the model's defaults where a cloud lacks them
  std::string recipe;                        ///< the whole recipe, JSON
  std::string attention;                     ///< what the blocks are, and how masks are made, in words
  std::vector<std::string> categories;       ///< models of parts: the kinds of objects
  double temperature = 1;                    ///< what scores are divided by before they become confidences
  double category_temperature = 1;           ///< the same for the scores of categories
  std::string calibration;      ///< JSON: the temperatures, the data that they fit, the error before and after; or ""
  std::string training_card;    ///< JSON: data set, licence, split, points, seed, epochs, accuracy, command
  std::string library_version;  ///< of treewalk, which wrote the file
  std::string sha256;           ///< of the file
  std::int64_t parameters = 0;  ///< number of weights
};

/// A network with its weights and tables; immutable, so one model may serve many threads.
class Model;

/// Loads and checks a *.treewalk file. Throws Error with a sentence when the file is missing, damaged, or does not
/// match the network it describes; nothing large is allocated before the header has been checked.
/// \param file a path; names of shipped models are not looked up
/// \return the model, never null
TREEWALK_EXPORT std::shared_ptr<const Model> load_model(const std::filesystem::path& file);
/// What a model says about itself.
/// \param model a loaded model
/// \return its classes, fields and origin; lives as long as the model
TREEWALK_EXPORT const ModelInfo& model_info(const Model& model);

/// How likely a class is.
struct ClassScore {
  std::uint32_t id = 0;   ///< of the class
  std::string name;       ///< of the class
  float probability = 0;  ///< 0..1
};

/// Where and how a model runs.
struct RunOptions {
  std::string device =
      "auto";                  ///< "auto" (a GPU where there is one and the build has kernels), "cpu", "cuda", "cuda:i"
  int threads = 0;             ///< 0: as many as the machine has cores
  std::int64_t memory_mb = 0;  ///< 0: three quarters of the device's free memory; larger clouds are tiled
  bool probabilities = false;  ///< segmentation: also return the probability of every class for every point
  /// Called with the fraction done (0..1) and the stage's name; returning false cancels (throws Cancelled).
  std::function<bool(double, const std::string&)> progress;
};

/// How long one stage of a run took.
struct StageTime {
  std::string name;    ///< of the stage
  double seconds = 0;  ///< by the wall clock
};

/// What a run has to say beside its result.
struct RunNotes {
  std::vector<StageTime> stages;      ///< in the order in which they began
  std::vector<std::string> warnings;  ///< e.g. an optional field that the cloud does not have
};

/// Result of Session::segment, one entry per input point in the input's order.
struct Segmentation {
  std::vector<std::uint32_t> label;  ///< class id; unknown_id for points with a non-finite coordinate
  std::vector<float> confidence;     ///< probability of the label, 0..1; 0 for unknown points
  /// [points][classes], classes in the model's order, if asked for; rows of unknown points are 0. Models of parts:
  /// given the category, so only its parts have any.
  std::vector<float> probability;
  /// Models of parts: what the cloud is, best first; ids count the model's categories from 0. The parts are those of
  /// the first, or of the category that was given, which then stands first with probability 1. The confidence of a
  /// label is that of the part times that of the category.
  std::vector<ClassScore> categories;
  std::vector<StageTime> stages;      ///< in the order in which they began
  int tiles = 0;                      ///< 1: the cloud was taken whole
  std::vector<std::string> warnings;  ///< e.g. an optional field that the cloud does not have
};

/// Runs a model on clouds. Const and thread-safe: one Session, or one Model, may be used from many threads.
/// Results depend neither on the number of threads nor on earlier runs.
class TREEWALK_EXPORT Session {
 public:
  /// Throws Error for an unknown or unavailable device.
  /// \param model shared, never null
  /// \param options where and how it runs
  explicit Session(std::shared_ptr<const Model> model, RunOptions options = {});
  ~Session();
  Session(Session&&) noexcept;  ///< The other may only be assigned to after that.
  /// Moves likewise.
  /// \return this
  Session& operator=(Session&&) noexcept;

  /// \return the model that it runs
  const Model& model() const;

  /// Labels every point. Non-finite points get unknown_id and confidence 0, the others the result they have without
  /// them; an empty cloud gives an empty result. Throws Error when a required field is missing, Cancelled on request.
  /// Models of whole objects (recipes that normalise) look at up to so many points as the recipe says, spread evenly,
  /// and hand their result to the others by inverse distance to the three nearest.
  /// \param cloud N points
  /// \param category of models of parts, what the cloud is known to be; empty: the model finds it
  /// \return a label and a confidence for each point, and what was noticed on the way
  Segmentation segment(const CloudView& cloud, const std::string& category = "") const;

  /// Says what a whole cloud is.
  /// \param cloud N points
  /// \param[out] notes stages and warnings, where wanted
  /// \return scores of all classes, best first; ties by lower id. An empty cloud (or one without a finite point) gives
  /// none
  std::vector<ClassScore> classify(const CloudView& cloud, RunNotes* notes = nullptr) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Printed by `treewalk info`.
/// \return library, LibTorch and BLAS versions, CPU capability, threads and devices, in lines
TREEWALK_EXPORT std::string build_information();

/// @}
}  // namespace treewalk
