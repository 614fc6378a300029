// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/io/records.h"

namespace treewalk {

enum class PcdData { ascii, binary, binary_compressed };

/// What a .pcd file says about its points, checked: names are unique, types exist, nothing overflows.
struct PcdHeader {
  std::vector<Column> columns;  ///< in_file and in_memory are set; padding ("_") is kept nowhere
  bool exact = false;      ///< a field of no values was left out, so lines of text may hold no more than the others
  std::size_t record = 0;  ///< bytes of a point in the file
  std::size_t stride = 0;  ///< bytes of a point in memory (padding left out)
  std::int64_t width = 0;
  std::int64_t height = 1;
  std::array<double, 3> viewpoint{0, 0, 0};
  std::array<double, 4> orientation{1, 0, 0, 0};
  PcdData data = PcdData::ascii;
  std::size_t body = 0;               ///< where the points begin, bytes from the start of the file
  char line_end = '\n';               ///< the last character of its lines
  std::vector<std::string> warnings;  ///< what was passed over

  std::int64_t points() const { return width * height; }
};

/// text: the beginning of the file (the whole header must be in it); file_size: bytes. Throws Error for a header that
/// is wrong in itself or that promises more than the file can hold.
PcdHeader parse_pcd_header(std::string_view text, std::uint64_t file_size, const std::string& file);

/// Most bytes of one point; real clouds with descriptors have a few thousand.
constexpr std::uint64_t max_record = std::uint64_t{1} << 20;
/// Longest header that is looked for.
constexpr std::size_t max_header = std::size_t{1} << 20;

}  // namespace treewalk
