// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "core/training/dataset.h"
#include "core/training/metrics.h"
#include "treewalk/trainer.h"

namespace treewalk {

/// A labelled cloud and what a model found in it.
struct CloudResult {
  DataItem item;
  Cloud cloud;
  std::vector<ClassScore> scores;            ///< classification: best first; empty for a cloud without finite points
  Segmentation labels;                       ///< segmentation
  std::optional<Segmentation> given_labels;  ///< models of parts: with the true category, where another was found
  double seconds = 0;                        ///< that the model took
};

/// What the figures of models of parts are made of, shape by shape.
class PartCounts {
 public:
  explicit PartCounts(const Recipe& recipe);
  /// found, given: confusions of a shape's points with the category that was found and with the true one.
  void add(int category, int category_found, const Confusion& found, const Confusion& given);
  PartFigures figures() const;

 private:
  std::vector<std::vector<int>> parts_;             // of each category
  std::vector<std::vector<double>> found_, given_;  // per category: IoU of its shapes
  Confusion points_given_;
  std::int64_t shapes_ = 0, right_ = 0;
};

/// What the figures of an evaluation are made of. The recipe must outlive it.
class EvaluationCounts {
 public:
  explicit EvaluationCounts(const Recipe& recipe);
  /// Throws Error for a label that the recipe does not know.
  void add(const CloudResult& result);
  /// Points that got a class, with or without a true one; classification: all points.
  std::int64_t labelled() const { return labelled_; }
  /// Writes clouds, points, all figures, those of each class and cloud, and the confusion.
  void write(Evaluation& evaluation) const;

 private:
  void add_points(const CloudResult& result, Confusion& own);

  const Recipe& recipe_;
  std::vector<bool> named_;  // whether a label of the data may be this class alone
  std::map<std::uint32_t, int> index_of_id_;
  Confusion all_;
  Reliability reliability_;
  PartCounts parts_;
  std::int64_t labelled_ = 0, points_ = 0;
  std::int64_t coarse_ = 0, coarse_right_ = 0;  // points with a coarse label; those that got one of its classes
  std::vector<Evaluation::CloudFigures> per_cloud_;
};

}  // namespace treewalk
