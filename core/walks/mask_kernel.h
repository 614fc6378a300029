// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/device/portable.h"
#include "core/walks/walk_arrays.h"

namespace treewalk {

/// Item r: the columns of row first + r of Phi Phi^T. Needs as many places as the row's nodes have rows together.
struct ProductPatternRow : VisitBuffers {
  static constexpr std::int64_t grain = 64;
  const std::int32_t *offset = nullptr, *column = nullptr;    // Phi
  const std::int32_t *node_offset = nullptr, *row = nullptr;  // Phi^T
  explicit ProductPatternRow(const VisitBuffers& buffers) : VisitBuffers(buffers) {}

  HD void operator()(std::int64_t item) const {
    std::int64_t size = 0;
    for (std::int32_t e = offset[first + item]; e < offset[first + item + 1]; ++e)
      for (std::int32_t t = node_offset[column[e]]; t < node_offset[column[e] + 1]; ++t) {
        key[begin[item] + size] = visit_key(std::uint32_t(row[t]), 0);
        value[begin[item] + size++] = 1;
      }
    combine(item, size);
  }
};

template <class Real>
struct MaskArrays {
  const std::int32_t *offset = nullptr, *column = nullptr;            // Phi
  const std::int32_t *mask_offset = nullptr, *mask_column = nullptr;  // its product's pattern
  const std::int32_t* mirror = nullptr;
  int heads = 1;
  const Real* value = nullptr;          ///< [E_phi][heads]
  Real* mask = nullptr;                 ///< [E][heads]
  const Real* mask_gradient = nullptr;  ///< [E][heads]
  Real* value_gradient = nullptr;       ///< [E_phi][heads]

  /// with(a, b) for the entries a of row i and b of row j that have the same column, ascending.
  template <class With>
  HD void common(std::int64_t i, std::int64_t j, const With& with) const {
    std::int32_t a = offset[i], b = offset[j];
    while (a < offset[i + 1] && b < offset[j + 1]) {
      const std::int32_t u = column[a], v = column[b];
      if (u == v) with(a, b);
      a += u <= v;
      b += v <= u;
    }
  }
};

/// Item: a row of the mask.
template <class Real>
struct MaskProductRow : MaskArrays<Real> {
  static constexpr std::int64_t grain = 32;
  using A = MaskArrays<Real>;
  explicit MaskProductRow(const A& arrays) : A(arrays) {}

  HD void operator()(std::int64_t i) const {
    for (std::int32_t e = A::mask_offset[i]; e < A::mask_offset[i + 1]; ++e) {
      Real* sum = A::mask + std::int64_t(e) * A::heads;
      for (int h = 0; h < A::heads; ++h) sum[h] = 0;
      A::common(i, A::mask_column[e], [&](std::int32_t a, std::int32_t b) {
        for (int h = 0; h < A::heads; ++h)
          sum[h] += A::value[std::int64_t(a) * A::heads + h] * A::value[std::int64_t(b) * A::heads + h];
      });
    }
  }
};

/// Item: a row of Phi: dPhi_iu = sum_j (dM_ij + dM_ji) Phi_ju.
template <class Real>
struct MaskProductGradient : MaskArrays<Real> {
  static constexpr std::int64_t grain = 32;
  using A = MaskArrays<Real>;
  explicit MaskProductGradient(const A& arrays) : A(arrays) {}

  HD void operator()(std::int64_t i) const {
    for (std::int64_t k = std::int64_t(A::offset[i]) * A::heads; k < std::int64_t(A::offset[i + 1]) * A::heads; ++k)
      A::value_gradient[k] = 0;
    for (std::int32_t e = A::mask_offset[i]; e < A::mask_offset[i + 1]; ++e) {
      const Real *one = A::mask_gradient + std::int64_t(e) * A::heads,
                 *other = A::mask_gradient + std::int64_t(A::mirror[e]) * A::heads;
      A::common(i, A::mask_column[e], [&](std::int32_t a, std::int32_t b) {
        for (int h = 0; h < A::heads; ++h)
          A::value_gradient[std::int64_t(a) * A::heads + h] +=
              (one[h] + other[h]) * A::value[std::int64_t(b) * A::heads + h];
      });
    }
  }
};

}  // namespace treewalk
