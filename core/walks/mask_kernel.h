// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/device/portable.h"
#include "core/walks/walk_arrays.h"

namespace treewalk {

/// Item r: the columns of row first + r of Phi Phi^T, by sorting. Needs as many places as the row's nodes have rows
/// together.
struct ProductPatternRow : VisitBuffers {
  static constexpr std::int64_t grain = 64;
  const std::int32_t *offset = nullptr, *column = nullptr;    // Phi
  const std::int32_t *node_offset = nullptr, *row = nullptr;  // Phi^T
  explicit ProductPatternRow(const VisitBuffers& buffers) : VisitBuffers(buffers) {}

  HD void operator()(std::int64_t item) const {
    SortedVisits visits(*this, item);
    for (std::int32_t e = offset[first + item]; e < offset[first + item + 1]; ++e)
      for (std::int32_t t = node_offset[column[e]]; t < node_offset[column[e] + 1]; ++t)
        visits.add(std::uint32_t(row[t]), 1);
    visits.close(false);
    visits.finish(0, 0, [](std::uint32_t, int) { return 1.0; });
  }
};

/// places[i]: of row i of Phi Phi^T, for ProductPatternRow.
struct ProductPlaces {
  static constexpr std::int64_t grain = 1024;
  const std::int32_t *offset, *column, *node_offset;
  std::int64_t* places;

  HD void operator()(std::int64_t i) const {
    std::int64_t sum = 0;
    for (std::int32_t e = offset[i]; e < offset[i + 1]; ++e) sum += node_offset[column[e] + 1] - node_offset[column[e]];
    places[i] = sum;
  }
};

template <class Real>
struct MaskArrays {
  const std::int32_t *offset = nullptr, *column = nullptr;            // Phi
  const std::int32_t *node_offset = nullptr, *row = nullptr;          // Phi^T
  const std::int32_t* entry = nullptr;                                // of Phi, for an entry of Phi^T
  const std::int32_t *mask_offset = nullptr, *mask_column = nullptr;  // its product's pattern
  const std::int32_t* mirror = nullptr;
  int heads = 1;
  const Real* value = nullptr;          ///< [E_phi][heads]
  Real* mask = nullptr;                 ///< [E][heads]
  const Real* mask_gradient = nullptr;  ///< [E][heads]
  Real* value_gradient = nullptr;       ///< [E_phi][heads]

  /// with(a, b, e) for the entries a of row i and b of row j that have the same column, and the entry e of the mask at
  /// (i, j), which `find` knows by j.
  template <class Find, class With>
  HD void products(std::int64_t i, const Find& find, const With& with) const {
    for (std::int32_t a = offset[i]; a < offset[i + 1]; ++a)
      for (std::int32_t t = node_offset[column[a]]; t < node_offset[column[a] + 1]; ++t)
        with(a, entry[t], find(row[t]));
  }
};

/// The entry of a row of the mask at a column that it has, by halving: where no table of columns can be kept.
struct FindByHalving {
  const std::int32_t* column;
  std::int32_t begin, end;
  HD std::int32_t operator()(std::int32_t j) const {
    std::int32_t low = begin, high = end - 1;
    while (low < high) {
      const std::int32_t middle = low + (high - low) / 2;
      if (column[middle] < j)
        low = middle + 1;
      else
        high = middle;
    }
    return low;
  }
};

/// The entry (i,i) of every row that has any; 0 for the others.
struct DiagonalEntries {
  static constexpr std::int64_t grain = 1024;
  const std::int32_t *offset, *column;
  std::int64_t* diagonal;

  HD void operator()(std::int64_t i) const {
    const FindByHalving find{column, offset[i], offset[i + 1]};
    diagonal[i] = offset[i] < offset[i + 1] ? find(std::int32_t(i)) : 0;
  }
};

/// One row of the mask. Heads > 0 are known when this is compiled; 0: any number.
template <class Real, int Heads, class Find>
HD void mask_product_row(const MaskArrays<Real>& a, std::int64_t i, const Find& find) {
  const int heads = Heads > 0 ? Heads : a.heads;
  for (std::int64_t k = std::int64_t(a.mask_offset[i]) * heads; k < std::int64_t(a.mask_offset[i + 1]) * heads; ++k)
    a.mask[k] = 0;
  a.products(i, find, [&](std::int32_t one, std::int32_t other, std::int32_t e) {
    for (int h = 0; h < heads; ++h)
      a.mask[std::int64_t(e) * heads + h] +=
          a.value[std::int64_t(one) * heads + h] * a.value[std::int64_t(other) * heads + h];
  });
}

/// One row of Phi's gradient: dPhi_iu = sum_j (dM_ij + dM_ji) Phi_ju.
template <class Real, int Heads, class Find>
HD void mask_product_gradient_row(const MaskArrays<Real>& a, std::int64_t i, const Find& find) {
  const int heads = Heads > 0 ? Heads : a.heads;
  for (std::int64_t k = std::int64_t(a.offset[i]) * heads; k < std::int64_t(a.offset[i + 1]) * heads; ++k)
    a.value_gradient[k] = 0;
  a.products(i, find, [&](std::int32_t one, std::int32_t other, std::int32_t e) {
    const Real *there = a.mask_gradient + std::int64_t(e) * heads,
               *back = a.mask_gradient + std::int64_t(a.mirror[e]) * heads;
    for (int h = 0; h < heads; ++h)
      a.value_gradient[std::int64_t(one) * heads + h] +=
          (there[h] + back[h]) * a.value[std::int64_t(other) * heads + h];
  });
}

/// Item: a row of the mask.
template <class Real>
struct MaskProductRow : MaskArrays<Real> {
  static constexpr std::int64_t grain = 32;
  using A = MaskArrays<Real>;
  explicit MaskProductRow(const A& arrays) : A(arrays) {}
  HD void operator()(std::int64_t i) const {
    mask_product_row<Real, 0>(*this, i, FindByHalving{A::mask_column, A::mask_offset[i], A::mask_offset[i + 1]});
  }
};

/// Item: a row of Phi.
template <class Real>
struct MaskProductGradient : MaskArrays<Real> {
  static constexpr std::int64_t grain = 32;
  using A = MaskArrays<Real>;
  explicit MaskProductGradient(const A& arrays) : A(arrays) {}
  HD void operator()(std::int64_t i) const {
    mask_product_gradient_row<Real, 0>(*this, i,
                                       FindByHalving{A::mask_column, A::mask_offset[i], A::mask_offset[i + 1]});
  }
};

/// Two sparse matrices of equal rows, columns ascending.
template <class Real>
struct RowPairArrays {
  const std::int32_t *offset_a = nullptr, *column_a = nullptr, *offset_b = nullptr, *column_b = nullptr;
  int heads = 1;
  const Real *a = nullptr, *b = nullptr;              ///< [E_a][heads], [E_b][heads]
  Real* product = nullptr;                            ///< [rows][heads]
  const Real* gradient = nullptr;                     ///< [rows][heads]
  Real *a_gradient = nullptr, *b_gradient = nullptr;  ///< as a and b

  /// with(entry of a, entry of b) where both have the same column.
  template <class With>
  HD void common(std::int64_t row, const With& with) const {
    std::int32_t e = offset_a[row], f = offset_b[row];
    while (e < offset_a[row + 1] && f < offset_b[row + 1]) {
      const std::int32_t u = column_a[e], v = column_b[f];
      if (u == v) with(e, f);
      e += u <= v;
      f += v <= u;
    }
  }
};

/// Item: a row; a_i . b_i.
template <class Real>
struct RowProducts : RowPairArrays<Real> {
  static constexpr std::int64_t grain = 256;
  using A = RowPairArrays<Real>;
  explicit RowProducts(const A& arrays) : A(arrays) {}
  HD void operator()(std::int64_t row) const {
    Real* sum = A::product + row * A::heads;
    for (int h = 0; h < A::heads; ++h) sum[h] = 0;
    A::common(row, [&](std::int32_t e, std::int32_t f) {
      for (int h = 0; h < A::heads; ++h)
        sum[h] += A::a[std::int64_t(e) * A::heads + h] * A::b[std::int64_t(f) * A::heads + h];
    });
  }
};

/// Item: a row; adds to gradients that were cleared.
template <class Real>
struct RowProductsGradient : RowPairArrays<Real> {
  static constexpr std::int64_t grain = 256;
  using A = RowPairArrays<Real>;
  explicit RowProductsGradient(const A& arrays) : A(arrays) {}
  HD void operator()(std::int64_t row) const {
    A::common(row, [&](std::int32_t e, std::int32_t f) {
      for (int h = 0; h < A::heads; ++h) {
        const Real g = A::gradient[row * A::heads + h];
        A::a_gradient[std::int64_t(e) * A::heads + h] += g * A::b[std::int64_t(f) * A::heads + h];
        A::b_gradient[std::int64_t(f) * A::heads + h] += g * A::a[std::int64_t(e) * A::heads + h];
      }
    });
  }
};

}  // namespace treewalk
