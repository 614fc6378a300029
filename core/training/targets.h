// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/geometry/octree.h"

namespace treewalk {

/// What a network is to answer, as shares of the classes.
struct TargetOptions {
  int classes = 1;
  double smoothing = 0;              ///< what the label gives to all classes, or to those of its group alone
  std::vector<int> group;            ///< per class; empty: all in one
  std::vector<double> class_weight;  ///< what a row sums to, per class; empty: 1
};

/// A row [label.size(), classes] float32 for each label, none of them below 0.
at::Tensor smoothed_targets(const std::vector<int>& label, const TargetOptions& options);

/// Per level [n_l, classes] float32: the labels' shares among the labelled points of each cell; zeros where no point is
/// labelled. label: of the points in Morton order, below 0 for none.
std::vector<at::Tensor> cell_targets(const Octree& octree, const std::vector<std::int8_t>& label, int classes);

}  // namespace treewalk
