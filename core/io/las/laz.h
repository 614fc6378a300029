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

/// What of points of formats 6 to 10 is decoded: bits, as LASzip counts them. Positions in the plane, returns and the
/// scanner's channel always are; of old formats everything is.
struct LazLayers {
  enum : std::uint32_t {
    z = 1,
    classification = 2,
    flags = 4,
    intensity = 8,
    scan_angle = 0x10,
    user_data = 0x20,
    point_source = 0x40,
    gps_time = 0x80,
    rgb = 0x100,
    nir = 0x200,
    wave_packet = 0x400,
    extra_bytes = 0xFFFF0000,
    all = 0xFFFFFFFF
  };
};

/// The points of one chunk, in order.
class LazDecoder {
 public:
  /// chunk: kLazFront bytes of any value, then the chunk's own; it and the scheme outlive the decoder. points: at
  /// least 1. layers: of others the records hold anything.
  LazDecoder(const LazScheme& scheme, Bytes& chunk, std::int64_t points, std::uint32_t layers = LazLayers::all);
  ~LazDecoder();
  /// Decodes the next `points` records to `to`, which lie one behind the other. False: the chunk is damaged.
  bool next(std::int64_t points, std::byte* to);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Compresses records that lie one behind the other, at least one, to a chunk. scheme: chunked.
Bytes encode_chunk(const LazScheme& scheme, const std::byte* records, std::int64_t points);

/// Whether chunks of one scheme can go on with layers of the other: both are layered, of the same items, of which the
/// second may have more extra bytes.
bool shares_layers(const LazScheme& before, const LazScheme& after);
/// What of a chunk is compressed anew.
struct ChangedLayers {
  bool classification = false;
  std::vector<std::size_t> extra_bytes;  ///< which of those that the chunk has
};
/// A chunk again, whose other layers stay byte for byte as they are compressed, so that nothing of the records is
/// looked at but what is changed or new, the first record, and what LazDecoder decodes without being asked. chunk: as
/// LazDecoder takes it, which has decoded it. shares_layers(before, after).
Bytes encode_changed_chunk(const LazScheme& after, const std::byte* records, std::int64_t points,
                           const LazScheme& before, const Bytes& chunk, const ChangedLayers& changed);

/// What the table of chunks says of each.
struct LazChunk {
  std::uint32_t points = 0;  ///< of a scheme with variable chunks; otherwise 0
  std::uint32_t bytes = 0;
};

/// Decodes `count` rows from the bytes behind the table's head. False: they are damaged.
bool decode_table(const Bytes& bytes, std::size_t count, bool variable, std::vector<LazChunk>& table);
Bytes encode_table(const std::vector<LazChunk>& table, bool variable);

}  // namespace treewalk
