// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/io/las/laz_scheme.h"

namespace treewalk {

/// LASzip's arithmetic coder, over chunks that are in memory. Whatever the bytes are, only what lies in them is read.

/// Whether this build has it (TREEWALK_LAZ). Where it has not, everything here throws.
bool has_laz();

/// Room that a chunk's bytes have in front of them: the coder reads a place there, as in a file.
constexpr std::size_t kLazFront = 8;

/// The points of one chunk, in order.
class LazDecoder {
 public:
  /// chunk: kLazFront bytes of any value, then the chunk's own; it and the scheme outlive the decoder. points: at
  /// least 1.
  LazDecoder(const LazScheme& scheme, Bytes& chunk, std::int64_t points);
  ~LazDecoder();
  /// Decodes the next `points` records to `to`, which lie one behind the other. False: the chunk is damaged.
  bool next(std::int64_t points, std::byte* to);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Compresses records that lie one behind the other, at least one, to a chunk. scheme: chunked.
Bytes encode_chunk(const LazScheme& scheme, const std::byte* records, std::int64_t points);

/// What the table of chunks says of each.
struct LazChunk {
  std::uint32_t points = 0;  ///< of a scheme with variable chunks; otherwise 0
  std::uint32_t bytes = 0;
};

/// Decodes `count` rows from the bytes behind the table's head. False: they are damaged.
bool decode_table(const Bytes& bytes, std::size_t count, bool variable, std::vector<LazChunk>& table);
Bytes encode_table(const std::vector<LazChunk>& table, bool variable);

}  // namespace treewalk
