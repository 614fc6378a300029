// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <vector>

#include "core/features/moments.h"
#include "core/features/scene.h"

namespace treewalk {

/// What a feature module may look at.
struct FeatureInput {
  const PointSet& points;  ///< input order
  const SceneOptions& options;
  const Scene& scene;          ///< octree, positions and hierarchy are ready; features are not
  const CellMoments& moments;  ///< per level: raw and smoothed moments, normals, eigenvalues
};

/// One documented group of input numbers. Stateless.
class Feature {
 public:
  virtual ~Feature() = default;
  virtual int cell_columns(int level, int levels) const = 0;  ///< width at a level; 0: nothing for the cells
  virtual int point_columns() const { return 0; }
  /// cell[l] is [n_l, cell_columns(l)] and point [N, point_columns()] (Morton order), float32, contiguous rows of
  /// `stride` floats: modules write side by side into one matrix.
  struct Output {
    std::vector<float*> cell;
    std::vector<std::int64_t> cell_stride;
    float* point = nullptr;
    std::int64_t point_stride = 0;
  };
  virtual void compute(const FeatureInput& input, const Output& output) const = 0;
};

/// The module of that name; throws c10::Error that lists the known names.
const Feature& feature(const std::string& name);
std::vector<std::string> feature_names();

/// Columns of all modules of `options` together.
int cell_columns(const SceneOptions& options, int level);
int point_columns(const SceneOptions& options);

}  // namespace treewalk
