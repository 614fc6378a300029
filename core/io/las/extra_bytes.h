// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/io/las/header.h"
#include "treewalk/cloud.h"

namespace treewalk {

/// A dimension that records have beyond their format, as a description of 192 bytes tells of it (LAS 1.4 R15, table
/// 24).
struct ExtraDimension {
  std::string name;
  std::string description;
  int type = 0;  ///< 0: bytes that mean nothing to others; 1 to 10, and 11 to 30 for two or three of them
  Scalar scalar = Scalar::uint8;
  std::size_t count = 1;  ///< values
  std::size_t at = 0;     ///< in the record
  bool scaled = false;    ///< values are stored as (value - offset) / scale
  std::array<double, 3> scale{1, 1, 1}, offset{0, 0, 0};

  std::size_t bytes() const { return size_of(scalar) * count; }
};

/// What the descriptions of a file say.
struct ExtraBytes {
  std::vector<ExtraDimension> dimensions;  ///< in order, up to the first that does not fit the record
  std::size_t described = 0;               ///< bytes after the format's own that they cover
  std::string fault;                       ///< why there are no more of them; empty: these are all
};

/// payload: reads the bytes of an extended record, some files keep descriptions there.
ExtraBytes extra_bytes(const LasHeader& header, const std::function<Bytes(const LasEvlr&)>& payload);

/// A description of one value: type 1 (uint8) to 10 (double); scale: 0 for none. name and text: at most 32 bytes.
Bytes describe(std::string_view name, std::string_view text, int type, double scale);
/// That of bytes that nothing is known of; at most 255.
Bytes describe_unknown(std::size_t bytes);

/// Leaves the first descriptions of the file, so many, and takes the others out.
void keep_descriptions(LasHeader& header, std::size_t count);
/// Appends descriptions behind the last ones of the file, wherever these are, or as a record of their own.
void add_descriptions(LasHeader& header, const Bytes& descriptions);

constexpr std::size_t kDescription = 192;

}  // namespace treewalk
