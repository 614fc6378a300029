// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/io/las/pieces.h"

#include <algorithm>

#include "core/io/formats.h"

namespace treewalk {
namespace {

// A byte of compressed points holds not even a tenth of these: each takes the coder some hundredths of a bit.
constexpr std::uint64_t kMostPointsOfByte = 4096;
// Bytes of records at a time: a damaged file ends before memory for all that it promises is taken.
constexpr std::size_t kDecodedAtOnce = std::size_t{1} << 20;

}  // namespace

LasPieces::LasPieces(Source& source, const LasHeader& header) : source_(source), header_(header) {
  if (header.compressed) {
    if (!has_laz())
      source.fail("compressed points (.laz) cannot be read by this build of treewalk, which was made without LASzip");
    scheme_ = laz_scheme(source, header);
  }
  if (header.points == 0) return;
  if (!header.compressed)
    find_runs();
  else
    find_compressed();
}

void LasPieces::find_compressed() {
  const std::uint64_t room = header_.data_end() - header_.data;
  if (static_cast<std::uint64_t>(header_.points) / kMostPointsOfByte > room)
    source_.fail("the header says " + std::to_string(header_.points) + " points, which cannot be in " +
                 std::to_string(room) + " bytes");
  if (scheme_.compressor == LazScheme::pointwise)
    one_chunk();
  else
    find_chunks();
}

void LasPieces::find_runs() {
  chunk_size_ = kPieceOfPoints;
  for (std::int64_t first = 0; first < header_.points; first += chunk_size_) {
    const std::int64_t points = std::min<std::int64_t>(chunk_size_, header_.points - first);
    pieces_.push_back({header_.data + static_cast<std::uint64_t>(first) * header_.record,
                       static_cast<std::uint64_t>(points) * header_.record, first, points});
  }
}

// Where the table of chunks lies.
std::uint64_t LasPieces::table_place() {
  const std::uint64_t end = header_.file_size, points = header_.data + 8;
  if (end < points) source_.fail("the file ends where its compressed points should begin");
  const std::int64_t at = said_table_place(source_, header_);
  if (at < 0 || static_cast<std::uint64_t>(at) < points || static_cast<std::uint64_t>(at) > end - 8)
    source_.fail("its table of chunks is said to be at byte " + std::to_string(at) + ", but the points begin at " +
                 std::to_string(points) + " and the file ends at " + std::to_string(end) +
                 "; was writing it broken off?");
  return static_cast<std::uint64_t>(at);
}

void LasPieces::find_chunks() {
  const bool variable = scheme_.chunk_size == LazScheme::variable;
  chunk_size_ = variable ? 0 : scheme_.chunk_size;
  const std::uint64_t table = table_place();
  go_to(source_, table, header_.file_size);
  std::byte head[8];
  source_.read(head, 8);
  const std::uint64_t count = get<std::uint32_t>(head + 4), room = table - header_.data - 8;
  if (get<std::uint32_t>(head) != 0 || count > room / header_.record)
    source_.fail("its table of chunks tells of " + std::to_string(count) + " chunks, which cannot be in " +
                 std::to_string(room) + " bytes");
  // A row takes at most some bytes; what follows the table is none of it.
  Bytes coded(static_cast<std::size_t>(std::min<std::uint64_t>(header_.file_size - table - 8, 16 * count + 64)));
  source_.read(coded.data(), coded.size());
  std::vector<LazChunk> rows;
  if (!decode_table(coded, static_cast<std::size_t>(count), variable, rows))
    source_.fail("its table of chunks is damaged");
  std::uint64_t at = header_.data + 8;
  std::int64_t first = 0;
  for (const LazChunk& row : rows) {
    const std::int64_t points = variable ? row.points : std::min<std::int64_t>(chunk_size_, header_.points - first);
    if (row.bytes > table - at) source_.fail("its table of chunks tells of more bytes than there are before it");
    if (points > header_.points - first || (points == 0) != (row.bytes == 0))
      source_.fail("its chunks hold another number of points than the " + std::to_string(header_.points) +
                   " that the header says");
    if (points > 0) pieces_.push_back({at, row.bytes, first, points});
    at += row.bytes;
    first += points;
  }
  if (first != header_.points)
    source_.fail("the header says " + std::to_string(header_.points) + " points, but its chunks hold " +
                 std::to_string(first));
}

// Files of LASzip 1 are one chunk, without a table, up to whatever follows. All of it is decoded at once.
void LasPieces::one_chunk() {
  const std::uint64_t size = header_.data_end() - header_.data;
  pieces_.push_back({header_.data, size, 0, header_.points});
  whole_ = decode(0, load(0));
  pieces_.clear();
  find_runs();
}

Bytes LasPieces::load(std::size_t piece) {
  if (!whole_.empty()) return {};
  const Piece& one = pieces_[piece];
  const std::size_t front = header_.compressed ? kLazFront : 0;
  Bytes bytes(front + static_cast<std::size_t>(one.bytes));
  go_to(source_, one.at, header_.file_size);
  source_.read(bytes.data() + front, one.bytes);
  return bytes;
}

Bytes LasPieces::decode(std::size_t piece, Bytes packed, std::uint32_t layers) const {
  const Piece& one = pieces_[piece];
  const std::size_t record = header_.record;
  if (!whole_.empty()) {
    const auto begin = whole_.begin() + one.first * static_cast<std::int64_t>(record);
    return Bytes(begin, begin + one.points * static_cast<std::int64_t>(record));
  }
  if (!header_.compressed) return packed;
  LazDecoder decoder(scheme_, packed, one.points, layers);
  Bytes records;
  const std::int64_t at_once = static_cast<std::int64_t>(kDecodedAtOnce / record + 1);
  for (std::int64_t done = 0; done < one.points;) {
    const std::int64_t now = std::min(at_once, one.points - done);
    records.resize(static_cast<std::size_t>(done + now) * record);
    if (!decoder.next(now, records.data() + static_cast<std::size_t>(done) * record))
      source_.fail("the compressed points are damaged in chunk " + std::to_string(piece + 1) + " of " +
                   std::to_string(pieces_.size()) + ", after point " + std::to_string(one.first + done));
    done += now;
  }
  return records;
}

}  // namespace treewalk
