// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/metrics.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <cmath>
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

double Confusion::mean_iou() const { return mean_iou(std::vector<bool>(classes_, true)); }

double Confusion::mean_iou(const std::vector<bool>& counts) const {
  return mean_of_defined(classes_, [&](int c) { return counts[c] ? iou(c) : kUndefined; });
}

double Confusion::kappa() const {
  const double all = static_cast<double>(total());
  if (all == 0) return 0;
  double chance = 0;  // agreement expected of independent labels with these frequencies
  for (int c = 0; c < classes_; ++c)
    chance += (static_cast<double>(in_truth(c)) / all) * (static_cast<double>(in_prediction(c)) / all);
  return chance < 1 ? (overall_accuracy() - chance) / (1 - chance) : 0;
}

void Reliability::add(double confidence, bool right) {
  auto& bin = bin_[std::clamp(static_cast<int>(confidence * kBins), 0, kBins - 1)];
  ++bin.count;
  bin.right += right;
  bin.confidence += confidence;
}

void Reliability::add(const Reliability& other) {
  for (int b = 0; b < kBins; ++b) {
    bin_[b].count += other.bin_[b].count;
    bin_[b].right += other.bin_[b].right;
    bin_[b].confidence += other.bin_[b].confidence;
  }
}

std::int64_t Reliability::total() const {
  std::int64_t total = 0;
  for (const auto& bin : bin_) total += bin.count;
  return total;
}

double Reliability::expected_error() const {
  double error = 0;
  for (const auto& bin : bin_) error += std::abs(static_cast<double>(bin.right) - bin.confidence);
  return total() > 0 ? error / static_cast<double>(total()) : 0;
}

double best_temperature(const std::vector<float>& rows, const std::vector<int>& truth, int classes) {
  if (truth.empty()) return 1;
  // Convex in 1 / T, so in log T there is one minimum: golden section.
  const auto loss = [&](double log_temperature) {
    const double power = std::exp(-log_temperature);
    double total = 0;
    for (std::size_t i = 0; i < truth.size(); ++i) {
      const float* p = rows.data() + i * classes;
      const float top = *std::max_element(p, p + classes);
      double sum = 0;
      for (int c = 0; c < classes; ++c) sum += std::pow(static_cast<double>(p[c]) / top, power);
      total += std::log(sum) - power * std::log(std::max(static_cast<double>(p[truth[i]]), 1e-30) / top);
    }
    return total;
  };
  constexpr double ratio = 0.6180339887498949;
  double low = std::log(0.05), high = std::log(20.0);
  double left = high - ratio * (high - low), right = low + ratio * (high - low);
  double at_left = loss(left), at_right = loss(right);
  while (high - low > 5e-4) {
    if (at_left <= at_right) {
      high = right, right = left, at_right = at_left;
      at_left = loss(left = high - ratio * (high - low));
    } else {
      low = left, left = right, at_left = at_right;
      at_right = loss(right = low + ratio * (high - low));
    }
  }
  return std::round(std::exp((low + high) / 2) * 1000) / 1000;
}

double shape_iou(const Confusion& shape, const std::vector<int>& parts) {
  double sum = 0;
  for (const int part : parts) {
    const double iou = shape.iou(part);
    sum += iou == iou ? iou : 1;
  }
  return parts.empty() ? 0 : sum / static_cast<double>(parts.size());
}

}  // namespace treewalk
