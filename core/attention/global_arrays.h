// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

namespace treewalk {

constexpr std::int64_t kGlobalPiece = 256;  ///< rows that are added up together, whatever the number of threads

/// Rows of queries or keys a [n,heads*features] and of values b [n,heads*width], in groups with a state
/// [heads][features][width] each.
template <class Real>
struct GlobalArrays {
  int heads = 1, features = 0, width = 0;
  const std::int32_t *piece_begin = nullptr, *piece_end = nullptr;  ///< rows of each piece; a piece lies in one group
  const std::int32_t* group_of_piece = nullptr;
  const Real *a = nullptr, *b = nullptr;
  const Real* state = nullptr;  ///< [groups][heads][features][width]
  Real* partial = nullptr;      ///< [pieces][heads][features][width]
  Real* result = nullptr;       ///< [n,heads*width]
};

}  // namespace treewalk
