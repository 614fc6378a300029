// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <vector>

#include "core/io/las/header.h"

namespace treewalk {

/// A part of a record that is coded by itself. The numbers are the file's.
struct LazItem {
  enum Type : std::uint16_t {
    bytes = 0,
    point10 = 6,
    gps_time11 = 7,
    rgb12 = 8,
    wave_packet13 = 9,
    point14 = 10,
    rgb14 = 11,
    rgb_nir14 = 12,
    wave_packet14 = 13,
    bytes14 = 14
  };
  std::uint16_t type = bytes, size = 0, version = 0;
};

/// How the points of a LAZ file are compressed, as its record "laszip encoded" says.
struct LazScheme {
  enum Compressor : std::uint16_t { pointwise = 1, pointwise_chunked = 2, layered_chunked = 3 };
  static constexpr std::uint32_t variable = 0xFFFFFFFF;

  Compressor compressor = pointwise_chunked;
  std::uint32_t chunk_size = variable;  ///< points of a chunk, or variable: the table says
  std::vector<LazItem> items;           ///< in the order of a record, which they fill

  bool layered() const { return compressor == layered_chunked; }
};

constexpr char kLazUser[] = "laszip encoded";
constexpr unsigned kLazRecord = 22204;

/// The scheme of a compressed file, checked against its header. Throws Error.
LazScheme laz_scheme(const Source& source, const LasHeader& header);

/// That of a file which is written. layer_version: of formats 6 to 10, 3, which all programs read, or 4.
LazScheme scheme_for(const PointFormat& format, std::size_t record, int layer_version);

/// The record that tells of it.
LasVlr laz_vlr(const LazScheme& scheme);

}  // namespace treewalk
