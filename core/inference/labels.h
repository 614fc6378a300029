// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace treewalk {

/// Labels and confidences of points, and where asked for their probabilities and those of categories, in one piece of a
/// device's memory, so that the host waits for one copy.
class PointLabels {
 public:
  /// categories: how many; 0 but for models of parts.
  PointLabels(std::int64_t points, int classes, bool probabilities, int categories, c10::Device device);

  /// Labels the points first .. first+m-1 by probabilities [m, classes]; the lowest class of the most probable ones.
  /// order [m] int32: where in these the result of each row goes; undefined: rows are in the points' order.
  void add(const at::Tensor& probability, const at::Tensor& order = {}, std::int64_t first = 0);
  /// [categories] float32, to be written to.
  at::Tensor categories() const;

  /// Copies everything to the CPU; what follows may be asked from then on.
  void fetch() { numbers_ = numbers_.cpu(); }
  const std::int32_t* label() const { return static_cast<const std::int32_t*>(numbers_.const_data_ptr()); }
  const float* confidence() const { return floats() + points_; }       ///< [points]
  const float* probability() const { return floats() + 2 * points_; }  ///< [points, classes], where asked for
  const float* category() const { return floats() + first_category_; }

 private:
  const float* floats() const { return static_cast<const float*>(numbers_.const_data_ptr()); }

  std::int64_t points_, first_category_;
  int classes_, categories_;
  bool probabilities_;
  at::Tensor numbers_;  ///< the labels' int32, then float32
};

/// Rows [n, c] of points in Morton order in the order of the input: order [n] int32 as in Octree.
at::Tensor in_input_order(const at::Tensor& rows, const at::Tensor& order);

}  // namespace treewalk
