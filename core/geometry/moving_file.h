// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <array>
#include <cstdint>
#include <iosfwd>

#include "core/geometry/moving_part.h"

namespace treewalk {

/// What a file of MovingSearch holds.
struct SavedMap {
  std::array<double, 3> origin{0, 0, 0};
  std::int64_t next = 0;  ///< the number of the next row
  NumberedPoints points;  ///< in the order of their numbers
};

/// Writes a map: a header with origin, next number and size, the numbers, the positions, and the SHA-256 of all that.
void write_map(std::ostream& to, const SavedMap& map);
/// Reads what write_map wrote. Throws Error, without the file's name, where it did not write that.
/// \param size bytes of the stream
SavedMap read_map(std::istream& from, std::int64_t size);

}  // namespace treewalk
