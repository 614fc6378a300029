// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <ostream>
#include <string>
#include <vector>

#include "core/io/las/copc.h"
#include "core/io/las/header.h"
#include "core/io/las/laz.h"

namespace treewalk {

/// What a header tells of its points.
struct LasSummary {
  std::int64_t points = 0;
  std::array<std::uint64_t, 15> by_return{};
  std::array<std::int32_t, 3> least, most;

  LasSummary() {
    least.fill(std::numeric_limits<std::int32_t>::max());
    most.fill(std::numeric_limits<std::int32_t>::min());
  }
  void add(const PointFormat& format, std::size_t record, const Bytes& records);
  void join(const LasSummary& more);
};

/// Writes a LAS or LAZ file from its parts: header and records first, then pieces of points, then what follows them.
class LasOutput {
 public:
  /// header: as the file is to be, `compressed` and `record` among it, LASzip's record apart, which this keeps right.
  /// chunk_size: points of each piece but the last, or 0 where they differ. name: for errors.
  LasOutput(std::ostream& stream, std::string name, LasHeader header, std::uint32_t chunk_size, int layer_version);

  /// A piece as it is written. Any thread.
  Bytes packed(const Bytes& records) const;
  /// How pieces are compressed, of a compressed file.
  const LazScheme& scheme() const { return scheme_; }
  /// Writes the next one, in order; empty ones are passed over.
  void add(std::int64_t points, const Bytes& packed);
  /// Writes what follows the points, and puts the places of it all into the header. copy: writes `evlr.size` bytes of
  /// an extended record, which begin at `at`; summary: of the points, or null where the header is right already.
  void finish(const std::function<void(const LasEvlr&, std::ostream&, std::uint64_t at)>& copy,
              const LasSummary* summary);
  /// Where the chunks are that were added.
  const std::vector<PlacedChunk>& chunks() const { return chunks_; }

 private:
  void write(const Bytes& bytes);
  void write_beginning();
  void write_table();

  std::ostream& stream_;
  std::string name_;
  LasHeader header_;
  LazScheme scheme_;
  std::uint64_t at_ = 0;
  std::vector<LazChunk> table_;
  std::vector<PlacedChunk> chunks_;
};

}  // namespace treewalk
