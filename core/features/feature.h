// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "core/features/feature_table.h"
#include "core/scene/scene.h"

namespace treewalk {

/// What a module finds of a whole cloud before its parts are looked at.
class Overview {
 public:
  virtual ~Overview() = default;
};

/// What a feature module may look at.
struct FeatureInput {
  const PointSet& points;  ///< input order
  const SceneOptions& options;
  const Scene& scene;  ///< all of it but the features
  const CellMoments& moments;
  const Orientation& orientation;
  const Overview* overview = nullptr;  ///< the module's, of the cloud that the scene is or is a part of
  c10::Device device() const { return scene.position.device(); }
};

/// Of what modules and scenes give for clouds whose cells have a size of their own. 2: cells lie at absolute multiples
/// of their size, siblings within sibling_reach, rasters at multiples of theirs; before, all began at the cloud's
/// corner and siblings lay any distance apart. Networks are to be trained again where it changes.
constexpr int kFeatureVersion = 2;

constexpr double kWholeCloud = std::numeric_limits<double>::infinity();

/// One documented group of input numbers. Stateless.
class Feature {
 public:
  virtual ~Feature() = default;
  /// Width at a level; 0: nothing for the cells of this level.
  virtual int cell_columns(const SceneOptions& options, int level) const = 0;
  /// Names of the columns that the module writes for every point; none by default.
  virtual std::vector<std::string> point_column_names() const { return {}; }
  /// How far (horizontally, in the units of the positions) a row may lie from points that it depends on, beside those
  /// of its cell, of the cell's ancestors, and of all these cells' siblings; infinite: all of the cloud.
  virtual double reach() const { return 0; }
  /// Whether it gives the rows of a part of a cloud whose moments are the whole's (take_levels), given an overview.
  virtual bool sees_parts() const { return reach() == 0; }
  /// Of a cloud, at least one point: position [N,3] float32 relative to `zero`, on its device. Null: none is needed.
  virtual std::shared_ptr<const Overview> overview(const at::Tensor& /*position*/,
                                                   const std::array<double, 3>& /*zero*/) const {
    return nullptr;
  }
  /// cell[l] is [n_l, cell_columns(l)] and point [N, point columns] (Morton order), float32 on the scene's
  /// device, contiguous rows of `stride` floats: modules write side by side into one matrix.
  struct Output {
    std::vector<float*> cell;  ///< none: points are asked for alone
    std::vector<std::int64_t> cell_stride;
    float* point = nullptr;
    std::int64_t point_stride = 0;
  };
  /// Writes the columns of the points, and those of leaves that need nothing but their own points. Of the scene only
  /// these and the leaves' moments are read, so that points can be worked on some leaves at a time: whoever sees parts
  /// and reads points does so here.
  virtual void compute_points(const FeatureInput& /*input*/, const Output& /*output*/) const {}
  /// Writes every other column of every row, finite for every finite input. In a scene of cells alone the columns of
  /// its first level that compute_points writes are there already.
  virtual void compute(const FeatureInput& input, const Output& output) const = 0;
};

/// The module of that name; throws c10::Error that lists the known names.
const Feature& feature(const std::string& name);

/// What is known of the cloud that a scene is a part of.
struct WholeCloud {
  std::vector<std::shared_ptr<const Overview>> overview = {};  ///< one for each of options.features
  at::Tensor rows = {};  ///< of a scene of cells alone: the input features of its first level's, or of leaves those
                         ///< that compute_point_features gives
};
std::vector<std::shared_ptr<const Overview>> overviews(const at::Tensor& position, const std::array<double, 3>& zero,
                                                       const SceneOptions& options);

/// The scene of these points with the features that `options` names, on its device. What the host waits for: the box of
/// a raster ("ground", "opening") and, of a sparse one, its blocks. The same bits for any number of threads and any
/// order of the points, but that modules that look for a point's nearest points see ties by that order. No points:
/// levels of no rows. whole: where the scene is a part of a cloud; only modules that see parts may be among the options
/// then.
Scene compute_features(Scene scene, const PointSet& points, const SceneOptions& options, const WholeCloud& whole = {});

/// A scene of leaves (scene_of_leaves) with the features of its points and, if `cells`, those of its cells that need
/// nothing but their own points; the cells' others are 0. Only modules that see parts may be among the options.
Scene compute_point_features(Scene scene, const PointSet& points, const SceneOptions& options, const WholeCloud& whole,
                             bool cells);

/// Columns of all modules of `options` together, behind those that are given.
int cell_columns(const SceneOptions& options, int level);
int point_columns(const SceneOptions& options);

}  // namespace treewalk
