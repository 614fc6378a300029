// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cmath>
#include <cstdint>

#include "core/device/random.h"

namespace treewalk {

/// Dropout. Eight numbers share a random word, eight bits each. Item = eight numbers.
template <class Real>
struct DropNumbers {
  static constexpr std::int64_t grain = 4096;
  const Real* from;
  Real* to;
  std::int64_t size;
  std::uint32_t threshold;  ///< of 256
  Real scale;               ///< of the numbers that stay
  std::uint64_t key;

  HD void operator()(std::int64_t item) const {
    const std::uint64_t word = mix(key + static_cast<std::uint64_t>(item));
    const std::int64_t first = 8 * item, last = size - first < 8 ? size - first : 8;
    for (std::int64_t i = 0; i < last; ++i)
      to[first + i] = from[first + i] * ((word >> (8 * i) & 0xff) < threshold ? Real(0) : scale);
  }
};

/// Item = row: its part of the cross-entropy, its weight, and the gradient of its logits before it is divided by the
/// sum of all weights. The target has a column for each class, and behind them one for each set of classes, of which
/// any may be right.
template <class Real>
struct CrossEntropyRows {
  static constexpr std::int64_t grain = 256;
  const Real *logits, *target;  ///< [n, classes], [n, classes + sets]
  Real* gradient;               ///< [n, classes]
  double *loss, *weight;        ///< [n]
  std::int32_t classes, sets;
  const std::int32_t *offset, *member;  ///< the classes of each set, at least one

  HD void operator()(std::int64_t row) const {
    loss[row] = weight[row] = 0;
    add(row, loss[row], weight[row]);
  }

  /// Adds the row's part of the loss term by term, and its weight.
  HD void add(std::int64_t row, double& row_loss, double& row_weight) const {
    const Real *x = logits + row * classes, *t = target + row * (classes + sets);
    Real* dx = gradient + row * classes;
    Real mass = 0;
    for (std::int32_t i = 0; i < classes + sets; ++i) mass += t[i];
    const Real log_sum = Exponentials(classes, [x](std::int32_t i) { return x[i]; }).log();
    for (std::int32_t i = 0; i < classes; ++i) {
      if (mass > 0) row_loss += double(t[i]) * (log_sum - x[i]);
      dx[i] = mass * std::exp(x[i] - log_sum) - t[i];
    }
    for (std::int32_t s = 0; s < sets; ++s) {
      const Real share = t[classes + s];
      if (!(share > 0)) continue;
      const std::int32_t* set = member + offset[s];
      const std::int32_t size = offset[s + 1] - offset[s];
      const Exponentials of_set(size, [x, set](std::int32_t i) { return x[set[i]]; });
      row_loss += double(share) * (log_sum - of_set.log());
      for (std::int32_t i = 0; i < size; ++i) dx[set[i]] -= share * (std::exp(x[set[i]] - of_set.top) / of_set.sum);
    }
    row_weight += mass;
  }

 private:
  /// exp(x(0)) + ... + exp(x(count - 1)), whatever the size of these numbers.
  struct Exponentials {
    Real top, sum = 0;  ///< the largest x, and the sum over its exponential
    template <class Number>
    HD Exponentials(std::int32_t count, const Number& x) : top(x(0)) {
      for (std::int32_t i = 1; i < count; ++i) top = top < x(i) ? x(i) : top;
      for (std::int32_t i = 0; i < count; ++i) sum += std::exp(x(i) - top);
    }
    HD Real log() const { return std::log(sum) + top; }
  };
};

/// Item = relation: its unit of distance, in sizes of the query's cell: 1 for itself, 2 for siblings, 1/2 for children,
/// 2^(t-1) for an ancestor t levels up.
struct RelationScale {
  static constexpr std::int64_t grain = 1024;
  float* scale;

  HD void operator()(std::int64_t item) const {
    scale[item] = item == 0 ? 1.0f : item == 1 ? 2.0f : item == 2 ? 0.5f : std::ldexp(1.0f, static_cast<int>(item) - 3);
  }
};

}  // namespace treewalk
