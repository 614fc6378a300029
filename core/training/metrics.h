// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <array>
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
  /// mean_iou() over classes c with counts[c] alone: the prediction may name others, which the truth cannot.
  double mean_iou(const std::vector<bool>& counts) const;

 private:
  int classes_;
  std::vector<std::int64_t> cell_;
};

/// How well confidences fit: collects (confidence, right or wrong) pairs.
class Reliability {
 public:
  void add(double confidence, bool right);
  void add(const Reliability& other);
  std::int64_t total() const;
  /// Expected calibration error: mean over the pairs of |accuracy - mean confidence| of their bin, with 15 bins of
  /// equal width over [0,1] (Guo et al., On Calibration of Modern Neural Networks, ICML 2017); 0 of nothing.
  double expected_error() const;

 private:
  static constexpr int kBins = 15;
  struct Bin {
    std::int64_t count = 0, right = 0;
    double confidence = 0;
  };
  std::array<Bin, kBins> bin_;
};

/// The temperature in [0.05, 20] for which -mean log p(truth) is least when all rows p [n, classes] become
/// p^(1/T) / sum p^(1/T), to three digits. rows: n * classes probabilities; truth [n] class indices. 1 for no rows.
double best_temperature(const std::vector<float>& rows, const std::vector<int>& truth, int classes);

/// Mean intersection over union of one shape as the field reports it for parts: over the classes in `parts`, where one
/// that neither occurs nor is predicted counts as 1; predictions outside of `parts` are wrong.
double shape_iou(const Confusion& shape, const std::vector<int>& parts);

}  // namespace treewalk
