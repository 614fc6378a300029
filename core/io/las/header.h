// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/io/las/bytes.h"
#include "core/io/las/point_format.h"
#include "core/io/records.h"

namespace treewalk {

/// A variable length record, as it is in the file.
struct LasVlr {
  std::array<std::byte, 54> head{};
  Bytes payload;

  bool is(std::string_view user, unsigned record) const;
};

/// An extended one: it may be as large as the file, and stays there.
struct LasEvlr {
  std::array<std::byte, 60> head{};
  std::uint64_t at = 0;    ///< of its head
  std::uint64_t size = 0;  ///< bytes after the head
  Bytes added;             ///< what a copy has behind them

  bool is(std::string_view user, unsigned record) const;
};

/// A new record: "treewalk"'s own bytes are 0 where a text ends.
LasVlr make_vlr(std::string_view user, unsigned record, std::string_view description, Bytes payload);

/// All of a LAS or LAZ file but its points, each byte of it.
struct LasHeader {
  Bytes bytes;    ///< the header block, with what a user put behind the standard fields
  int minor = 0;  ///< of version 1.minor
  PointFormat format;
  bool compressed = false;
  std::size_t record = 0;  ///< bytes of a point, those extra among them
  std::int64_t points = 0;
  std::array<double, 3> scale{}, offset{};
  std::uint64_t data = 0;  ///< where the points begin
  std::uint64_t file_size = 0;
  std::uint64_t waveform = 0;  ///< where waveform packets are, as the header says; 0: nowhere
  std::vector<LasVlr> vlrs;
  Bytes gap;  ///< between the last of them and the points
  std::vector<LasEvlr> evlrs;

  const LasVlr* vlr(std::string_view user, unsigned record_id) const;
  /// Where the points end at the latest: the first extended record, or the file's end.
  std::uint64_t data_end() const { return evlrs.empty() ? file_size : evlrs.front().at; }
};

/// Places in the header block (LAS 1.4 R15, table 3; those of 1.0 to 1.3 are its beginnings).
namespace las_place {
constexpr std::size_t version = 24, header_size = 94, data = 96, vlr_count = 100, format = 104, record = 105,
                      legacy_count = 107, legacy_by_return = 111, scale = 131, offset = 155, bounds = 179,
                      waveform = 227, evlr_start = 235, evlr_count = 243, count = 247, by_return = 255;
}  // namespace las_place

/// Sizes of the header of version 1.minor without a user's bytes.
std::size_t standard_header(int minor);
constexpr int kLastMinor = 5;

/// Reads and checks it against the file's size; no memory is taken that the file's size does not justify. source: at
/// the start, `remaining` its size. Throws Error in one sentence.
LasHeader read_las_header(Source& source);

/// Where a compressed file says that its table of chunks lies, behind the points: before them or, of writers that could
/// not go back and wrote -1 there, at the file's end. -1 where the file is too short to say it. Nothing is checked.
std::int64_t said_table_place(Source& source, const LasHeader& header);

/// Whether a file that begins so is LAS or LAZ.
bool begins_like_las(std::string_view beginning);

}  // namespace treewalk
