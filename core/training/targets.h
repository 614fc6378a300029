// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "core/geometry/graph.h"
#include "core/geometry/hierarchy.h"
#include "core/recipe/recipe.h"

namespace treewalk {

// What a network is to answer, as shares of the classes and, in the columns behind them, of coarse labels: "one of
// these classes". Labels are class indices, or coarse_class(k) of coarse label k (see Recipe::class_of).

struct TargetOptions {
  int classes = 1;
  double smoothing = 0;              ///< what the label gives to all classes, or to those of its group alone
  std::vector<int> group;            ///< per class; empty: all in one
  std::vector<double> class_weight;  ///< what a row sums to, per class; empty: 1
  std::vector<CoarseLabel> coarse = {};
};

/// A row [label.size(), classes + coarse.size()] float32 for each label, none of them -1. That of a coarse label sums
/// to the mean weight of its classes; what smoothing takes from it goes to all classes of the group that its first is
/// in.
at::Tensor smoothed_targets(const std::vector<int>& label, const TargetOptions& options);

/// Per level [n_l, classes + coarse] float32: the labels' shares among the labelled points of each cell, coarse ones
/// too; zeros where no point is labelled. leaf [n_0+1] int32: where the points of each leaf begin; label: of the points
/// in Morton order, -1 for none.
std::vector<at::Tensor> cell_targets(const at::Tensor& leaf, const Hierarchy& hierarchy,
                                     const std::vector<std::int8_t>& label, int classes, int coarse = 0);

/// [n_0, classes + coarse] float32: how many points of each leaf have which label; coarse ones beyond do not count.
at::Tensor leaf_labels(const at::Tensor& leaf, const std::vector<std::int8_t>& label, int classes, int coarse = 0);

/// A row for each coarse label: its classes. Undefined tensors where there is none.
Csr coarse_rows(const Recipe& recipe);

}  // namespace treewalk
