// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "treewalk/cloud.h"
#include "treewalk/model.h"
#include "treewalk/stage_time.h"

namespace treewalk {
/// \addtogroup core
/// @{

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
  std::int64_t memory_mb = 0;  ///< 0: three quarters of the device's free memory; larger clouds take tiles, and time
  bool probabilities = false;  ///< segmentation: also return the probability of every class for every point
  /// What coordinates are multiplied by to come to the units of the model's training data; each must be above 0.
  std::array<double, 3> scale{1, 1, 1};
  /// Called with the fraction done (0..1) and the stage's name; returning false cancels (throws Cancelled).
  std::function<bool(double, const std::string&)> progress;
};

/// What a run has to say beside its result.
struct RunNotes {
  std::vector<StageTime> stages;      ///< in the order in which they began
  std::vector<std::string> warnings;  ///< e.g. an optional field that the cloud does not have
};

/// Result of Session::segment, one entry per input point in the input's order.
struct Segmentation {
  std::vector<std::uint32_t> label;  ///< class id; unknown_id for non-finite points and those out of reach
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

/// Result of Session::clusters, one entry per input point in the input's order.
struct Clustering {
  static constexpr std::uint32_t none =
      0xFFFFFFFF;                      ///< of points in no cluster: non-finite ones and those out of reach
  std::vector<std::uint32_t> cluster;  ///< 0 to count - 1, or none; every number has at least one point
  std::uint32_t count = 0;             ///< number of clusters
  std::vector<StageTime> stages;       ///< in the order in which they began
  std::vector<std::string> warnings;   ///< e.g. points far from all others
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
  /// them. An empty cloud gives an empty result. Throws Error when a required field is missing, Cancelled on request.
  ///
  /// Models of scenes see at once what lies within 8,192 leaf cells, where their reach (ModelInfo::reach) is at most
  /// an eighth of that, or within 65,536. Of a cloud that is longer, groups of points that more than 8,192 (16,384)
  /// to twice as many leaf cells separate are labelled apart, as if each were a cloud, and a group that is itself too
  /// long in pieces that overlap: by the reach in the first case, so that no label depends on where it was cut.
  /// Points that far from the bulk which cannot be a part of a scene (a group shorter than a leaf cell, as all points
  /// at 0, 0, 0 are; of less than one in 1000 points; or of less than 100 and one in 20) get unknown_id and
  /// confidence 0, and one warning says how many they are and where; the others again have the result they have
  /// without them.
  ///
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

  /// Says which node of a level of the model's hierarchy each point belongs to: the one that its leaf cell has above it
  /// there. These are cells of an octree or, by the model's recipe, clusters of cells that were found by position or
  /// that the network chose ("hierarchy"; of its first "learned_levels" levels, above which nodes are cells with whole
  /// clusters in them). Models of any task have them.
  ///
  /// Numbers follow the nodes that hold points along a Morton curve, on which a cluster stands where the cell stands
  /// around which it grew; so neighbouring numbers are near each other, and none is left out. Groups of points that
  /// segment() would label apart come one after the other, the largest first, and have no clusters in common. Points of
  /// no scene and non-finite points are in none, and change nothing for the others. Of whole objects, a point that the
  /// model does not look at is in the cluster of the nearest that it does.
  ///
  /// Neither the memory limit nor where a long cloud is cut changes a number: a cluster is known by the cell around
  /// which it grew. Where the network chooses, a cloud that the limit does not allow whole goes through it in tiles;
  /// cells, and clusters by position, are found over all of the cloud, and no network runs. Throws Error for a level
  /// that the hierarchy does not have, for a cloud that is longer than what a model sees at once (see segment) where
  /// its clusters depend on more than an eighth of that around them, and, where the network chooses, when a required
  /// field is missing; TooLittleMemory where the memory limit is too small; Cancelled on request. An empty cloud gives
  /// an empty result. \param cloud N points \param level 0 for the leaf cells, 1 for the nodes above them, and so on
  /// \return a number for each point, and how many there are
  Clustering clusters(const CloudView& cloud, int level = 1) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Gives all points of a cluster one label: the class with the highest mean of their probabilities, of equal ones the
/// first of the model's. Their confidence becomes that mean; of models of parts times the category's probability, as it
/// is for points. Points in no cluster, and the probabilities, stay as they are. Means are summed in float64 in the
/// order of the points. Throws Error where the results are not of one cloud, or without probabilities
/// (RunOptions::probabilities).
/// \param clusters of the same cloud
/// \param info of the model
/// \param[in,out] segmentation of the cloud
TREEWALK_EXPORT void label_by_cluster(const Clustering& clusters, const ModelInfo& info, Segmentation& segmentation);

/// Printed by `treewalk info`.
/// \return library, LibTorch and BLAS versions, CPU capability, threads and devices, in lines
TREEWALK_EXPORT std::string build_information();

/// @}
}  // namespace treewalk
