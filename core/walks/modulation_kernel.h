// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cmath>
#include <cstdint>

#include "core/device/portable.h"

namespace treewalk {

constexpr std::int64_t kModulationPiece = 1024;  ///< rows whose gradients are added up together

template <class Real>
struct ModulationArrays {
  std::int64_t rows = 0;
  const std::int32_t *offset = nullptr, *column = nullptr, *part = nullptr;
  const std::uint8_t* hop = nullptr;
  const double *value = nullptr, *degree = nullptr, *scale = nullptr;  ///< degree: null without a boundary factor
  int heads = 1, hops = 0;
  const double* scaled_f = nullptr;    ///< [hops+1][heads]: f times the hop's scale
  Real* phi = nullptr;                 ///< [E][heads]
  const Real* phi_gradient = nullptr;  ///< [E][heads]
  double* partial = nullptr;           ///< [pieces][heads][hops+1]

  HD double boundary(std::int64_t row, std::int32_t entry) const {
    return degree ? std::sqrt(degree[row] / degree[column[entry]]) : 1.0;
  }
};

/// Item: a row; its entries' sums over their hops. Heads > 0 are known when this is compiled; 0: any number.
template <class Real, int Heads = 0>
struct ModulateRow : ModulationArrays<Real> {
  static constexpr std::int64_t grain = 256;
  using A = ModulationArrays<Real>;
  explicit ModulateRow(const A& arrays) : A(arrays) {}

  HD void operator()(std::int64_t row) const {
    for (std::int32_t e = A::offset[row]; e < A::offset[row + 1]; ++e) {
      const double boundary = A::boundary(row, e);
      Real* phi = A::phi + std::int64_t(e) * (Heads > 0 ? Heads : A::heads);
      if constexpr (Heads > 0) {
        double sum[Heads] = {};
        for (std::int32_t p = A::part[e]; p < A::part[e + 1]; ++p)
          for (int h = 0; h < Heads; ++h) sum[h] += A::scaled_f[A::hop[p] * Heads + h] * A::value[p];
        for (int h = 0; h < Heads; ++h) phi[h] = Real(sum[h] * boundary);
      } else {
        for (int h = 0; h < A::heads; ++h) {
          double sum = 0;
          for (std::int32_t p = A::part[e]; p < A::part[e + 1]; ++p)
            sum += A::scaled_f[A::hop[p] * A::heads + h] * A::value[p];
          phi[h] = Real(sum * boundary);
        }
      }
    }
  }
};

/// Item: a piece of rows; sums of the gradient of f over them.
template <class Real>
struct ModulationGradient : ModulationArrays<Real> {
  static constexpr std::int64_t grain = 1;
  using A = ModulationArrays<Real>;
  explicit ModulationGradient(const A& arrays) : A(arrays) {}

  HD void operator()(std::int64_t piece) const {
    const std::int64_t size = std::int64_t(A::heads) * (A::hops + 1), first = piece * kModulationPiece;
    const std::int64_t last = first + kModulationPiece < A::rows ? first + kModulationPiece : A::rows;
    double* sum = A::partial + piece * size;
    for (std::int64_t c = 0; c < size; ++c) sum[c] = 0;
    for (std::int64_t row = first; row < last; ++row)
      for (std::int32_t e = A::offset[row]; e < A::offset[row + 1]; ++e) {
        const double boundary = A::boundary(row, e);
        for (std::int32_t p = A::part[e]; p < A::part[e + 1]; ++p) {
          const double weight = boundary * A::scale[A::hop[p]] * A::value[p];
          for (int h = 0; h < A::heads; ++h)
            sum[h * (A::hops + 1) + A::hop[p]] += weight * double(A::phi_gradient[std::int64_t(e) * A::heads + h]);
        }
      }
  }
};

}  // namespace treewalk
