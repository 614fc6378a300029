// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>

#include "core/device/portable.h"

namespace treewalk {

/// row[e] = row of entry e.
struct RowsOfEntries {
  static constexpr std::int64_t grain = 4096;
  const std::int32_t* offset;  ///< [rows+1]
  std::int32_t* row;           ///< [E]

  HD void operator()(std::int64_t r) const {
    for (std::int32_t e = offset[r]; e < offset[r + 1]; ++e) row[e] = static_cast<std::int32_t>(r);
  }
};

/// offset[v] = number of entries whose value is below v, for v = 0 .. values.
struct OffsetsOfSorted {
  static constexpr std::int64_t grain = 8192;
  const std::int32_t* value;  ///< [E] ascending, below `values`
  std::int64_t entries, values;
  std::int32_t* offset;  ///< [values+1]

  HD void operator()(std::int64_t e) const {  ///< entries + 1
    const std::int64_t from = e == 0 ? 0 : std::int64_t{value[e - 1]} + 1;
    const std::int64_t to = e == entries ? values : std::int64_t{value[e]};
    for (std::int64_t v = from; v <= to; ++v) offset[v] = static_cast<std::int32_t>(e);
  }
};

/// Rows of two graphs with ascending rows as one without duplicates, each at a place where it surely fits: what is in
/// either, or only what is in both.
struct MergeRows {
  static constexpr std::int64_t grain = 4096;
  const std::int32_t *a_offset, *a_column, *b_offset, *b_column;
  bool both;
  std::int32_t* merged;  ///< row r from a_offset[r] + b_offset[r]
  std::int32_t* size;    ///< [rows]

  HD void operator()(std::int64_t r) const {
    const std::int32_t *a = a_column + a_offset[r], *a_end = a_column + a_offset[r + 1];
    const std::int32_t *b = b_column + b_offset[r], *b_end = b_column + b_offset[r + 1];
    std::int32_t* const first = merged + a_offset[r] + std::int64_t{b_offset[r]};
    std::int32_t *to = first, last = -1;
    if (both) {
      while (a < a_end && b < b_end) {
        if (*a == *b && *a != last) *to++ = last = *a;
        *a < *b ? ++a : ++b;
      }
    } else {
      while (a < a_end || b < b_end) {
        const std::int32_t next = b == b_end || (a < a_end && *a < *b) ? *a++ : *b++;
        if (next != last) *to++ = last = next;
      }
    }
    size[r] = static_cast<std::int32_t>(to - first);
  }
};

/// Moves rows together: row r, which begins at from_offset[r] + other_offset[r] (null: at r * width), to its place.
struct MoveRows {
  static constexpr std::int64_t grain = 4096;
  const std::int32_t* from;
  const std::int32_t *from_offset, *other_offset;
  std::int64_t width;
  const std::int32_t* offset;  ///< [rows+1]
  std::int32_t* column;        ///< [E]

  HD void operator()(std::int64_t r) const {
    const std::int32_t* row =
        from + (from_offset != nullptr ? from_offset[r] + std::int64_t{other_offset[r]} : r * width);
    for (std::int32_t e = offset[r]; e < offset[r + 1]; ++e) column[e] = *row++;
  }
};

/// Neighbours of a row before the first -1.
struct CountNeighbours {
  static constexpr std::int64_t grain = 4096;
  const std::int32_t* index;  ///< [rows,k]
  std::int64_t k;
  std::int32_t* size;  ///< [rows]

  HD void operator()(std::int64_t r) const {
    std::int64_t found = k;
    while (found > 0 && index[r * k + found - 1] < 0) --found;
    size[r] = static_cast<std::int32_t>(found);
  }
};

}  // namespace treewalk
