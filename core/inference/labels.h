// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace treewalk {

/// Labels and confidences of points, and where asked for their probabilities, in one piece of a device's memory, so
/// that the host waits for one copy.
class PointLabels {
 public:
  /// more: numbers that travel with them.
  PointLabels(std::int64_t points, int classes, bool probabilities, std::int64_t more, c10::Device device);

  /// Labels the points first .. first+m-1 by probabilities [m, classes], calibrated by a temperature. order [m] int32:
  /// where in these the result of each row goes; undefined: rows are in the points' order.
  void add(const at::Tensor& probability, double temperature, const at::Tensor& order = {}, std::int64_t first = 0);
  /// [more], to be written to.
  at::Tensor more() const { return all_.narrow(0, all_.size(0) - more_, more_); }

  /// Copies everything to the CPU; what follows may be asked from then on.
  void fetch();
  const float* label() const { return all_.const_data_ptr<float>(); }  ///< [points] numbers of classes
  const float* confidence() const { return label() + points_; }        ///< [points]
  const float* probability() const { return label() + 2 * points_; }   ///< [points, classes], where asked for

 private:
  std::int64_t points_, more_;
  int classes_;
  bool probabilities_;
  at::Tensor all_;
};

}  // namespace treewalk
