// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/metrics.h"

#include <c10/util/Exception.h>

#include <limits>

namespace treewalk {

namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

/// Mean of figure(c) over the classes where it is defined; 0 when it is defined nowhere.
template <class Figure>
double mean_of_defined(int classes, const Figure& figure) {
  double sum = 0;
  int defined = 0;
  for (int c = 0; c < classes; ++c) {
    const double value = figure(c);
    if (value != value) continue;
    sum += value;
    ++defined;
  }
  return defined == 0 ? 0 : sum / defined;
}

}  // namespace

Confusion::Confusion(int classes) : classes_(classes) {
  TORCH_CHECK(classes >= 1, "Confusion: there must be at least one class, got ", classes);
  cell_.assign(static_cast<std::size_t>(classes) * classes, 0);
}

void Confusion::add(int truth, int prediction, std::int64_t times) {
  if (truth < 0) return;
  TORCH_CHECK(truth < classes_ && prediction >= 0 && prediction < classes_, "Confusion: truth ", truth,
              " and prediction ", prediction, " must be below ", classes_);
  cell_[static_cast<std::size_t>(truth) * classes_ + prediction] += times;
}

void Confusion::add(const Confusion& other) {
  TORCH_CHECK(classes_ == other.classes_, "Confusion: ", other.classes_, " classes do not add to ", classes_);
  for (std::size_t i = 0; i < cell_.size(); ++i) cell_[i] += other.cell_[i];
}

std::int64_t Confusion::in_truth(int c) const {
  std::int64_t sum = 0;
  for (int p = 0; p < classes_; ++p) sum += count(c, p);
  return sum;
}

std::int64_t Confusion::in_prediction(int c) const {
  std::int64_t sum = 0;
  for (int t = 0; t < classes_; ++t) sum += count(t, c);
  return sum;
}

std::int64_t Confusion::total() const {
  std::int64_t sum = 0;
  for (const std::int64_t n : cell_) sum += n;
  return sum;
}

double Confusion::iou(int c) const {
  const std::int64_t together = in_truth(c) + in_prediction(c) - count(c, c);
  return together == 0 ? kUndefined : static_cast<double>(count(c, c)) / static_cast<double>(together);
}

double Confusion::accuracy(int c) const {
  const std::int64_t truth = in_truth(c);
  return truth == 0 ? kUndefined : static_cast<double>(count(c, c)) / static_cast<double>(truth);
}

double Confusion::overall_accuracy() const {
  std::int64_t right = 0;
  for (int c = 0; c < classes_; ++c) right += count(c, c);
  const std::int64_t all = total();
  return all == 0 ? 0 : static_cast<double>(right) / static_cast<double>(all);
}

double Confusion::mean_class_accuracy() const {
  return mean_of_defined(classes_, [this](int c) { return accuracy(c); });
}

double Confusion::mean_iou() const {
  return mean_of_defined(classes_, [this](int c) { return iou(c); });
}

double Confusion::kappa() const {
  const double all = static_cast<double>(total());
  if (all == 0) return 0;
  double chance = 0;  // agreement expected of independent labels with these frequencies
  for (int c = 0; c < classes_; ++c)
    chance += (static_cast<double>(in_truth(c)) / all) * (static_cast<double>(in_prediction(c)) / all);
  return chance < 1 ? (overall_accuracy() - chance) / (1 - chance) : 0;
}

}  // namespace treewalk
