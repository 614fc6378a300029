// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "treewalk/cloud.h"

namespace treewalk {

struct PlyProperty {
  std::string name;
  Scalar type = Scalar::float32;
  std::optional<Scalar> length;  ///< set for a list: the type of its length, which precedes its values
};

struct PlyElement {
  std::string name;
  std::uint64_t count = 0;
  std::vector<PlyProperty> properties;

  bool has_list() const;
  std::uint64_t least_bytes() const;   ///< of one element in a binary file, lists being empty
  std::uint64_t least_values() const;  ///< words on one element's line in an ascii file, lists being empty
};

enum class PlyData { ascii, little_endian, big_endian };

/// What a .ply file says about its elements, checked.
struct PlyHeader {
  PlyData data = PlyData::ascii;
  std::vector<PlyElement> elements;    ///< in the file's order, unique names; one of them is "vertex"
  std::int64_t columns = 0, rows = 0;  ///< of an organised cloud, from obj_info; 0 when not given
  std::size_t body = 0;                ///< where the elements begin, bytes from the start of the file
  char line_end = '\n';                ///< the last character of its lines
  std::vector<std::string> warnings;   ///< what was passed over

  const PlyElement* find(std::string_view name) const;
};

/// text: the beginning of the file (the whole header must be in it); file_size: bytes. Throws Error for a header that
/// is wrong in itself or that promises more than the file can hold.
PlyHeader parse_ply_header(std::string_view text, std::uint64_t file_size, const std::string& file);

}  // namespace treewalk
