// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <vector>

#include "core/io/las/header.h"
#include "core/io/las/pieces.h"

namespace treewalk {

/// A chunk of a file that is written.
struct PlacedChunk {
  std::uint64_t at = 0, bytes = 0;
};

/// The hierarchy of a cloud-optimised point cloud (COPC 1.0): which chunk is which node of an octree.
class Copc {
 public:
  static bool is(const LasHeader& header) { return header.vlr("copc", 1) != nullptr; }
  /// Whether a record is one of those that only a COPC has.
  template <class Record>
  static bool owns(const Record& record) {
    return record.is("copc", 1) || record.is("copc", 1000);
  }

  /// Reads and checks it. Throws Error where it is no COPC, or one whose pages or chunks lie elsewhere than they say.
  Copc(Source& source, const LasHeader& header, const LasPieces& pieces);

  /// The hierarchy where each piece of the file has become a chunk, in order, and the hierarchy itself lies at `at`.
  Bytes moved(const std::vector<PlacedChunk>& chunks, std::uint64_t at) const;
  /// Where the first page is then, and where in the file that is said.
  std::uint64_t root(std::uint64_t at) const { return root_ - begin_ + at; }
  static std::uint64_t root_place(const LasHeader& header) { return header.bytes.size() + 54 + 40; }

 private:
  struct Entry {
    std::size_t at = 0;         ///< in the payload
    std::ptrdiff_t piece = -1;  ///< -1: a page, or a node without points
  };

  Bytes payload_;
  std::uint64_t begin_ = 0, root_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace treewalk
