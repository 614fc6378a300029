// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <vector>

namespace treewalk {

/// Counts of (truth, prediction) pairs and the field's figures from them; figures of nothing at all are 0.
class Confusion {
 public:
  explicit Confusion(int classes);                              ///< at least 1
  void add(int truth, int prediction, std::int64_t times = 1);  ///< truth < 0 is ignored
  void add(const Confusion& other);
  int classes() const { return classes_; }
  std::int64_t count(int truth, int prediction) const {
    return cell_[static_cast<std::size_t>(truth) * classes_ + prediction];
  }
  std::int64_t total() const;
  std::int64_t in_truth(int c) const;       ///< how often c is the truth
  std::int64_t in_prediction(int c) const;  ///< how often c was predicted
  double overall_accuracy() const;
  double mean_class_accuracy() const;  ///< over classes that occur in the truth
  double mean_iou() const;             ///< over classes that occur in the truth or the prediction
  double kappa() const;                ///< Cohen; 0 when undefined
  double iou(int c) const;             ///< NaN when the class occurs nowhere
  double accuracy(int c) const;        ///< NaN when the class does not occur in the truth

 private:
  int classes_;
  std::vector<std::int64_t> cell_;
};

}  // namespace treewalk
