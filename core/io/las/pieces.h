// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <thread>
#include <utility>
#include <vector>

#include "core/io/las/header.h"
#include "core/io/las/laz.h"
#include "core/io/las/laz_scheme.h"

namespace treewalk {

/// The points of a LAS or LAZ file in pieces, each of which is decoded by itself: chunks, or runs of records.
class LasPieces {
 public:
  struct Piece {
    std::uint64_t at = 0, bytes = 0;  ///< in the file
    std::int64_t first = 0, points = 0;
  };

  /// Finds them, and checks their places and numbers against the file's size. Throws Error. source: any place in it;
  /// both outlive this.
  LasPieces(Source& source, const LasHeader& header);

  const std::vector<Piece>& list() const { return pieces_; }
  /// Points of each piece but the last; 0: they differ.
  std::uint32_t chunk_size() const { return chunk_size_; }
  /// How they are compressed, of a compressed file.
  const LazScheme& scheme() const { return scheme_; }

  /// The bytes of a piece as they are in the file; one thread at a time.
  Bytes load(std::size_t piece);
  /// Its records, one behind the other. Any thread. Throws Error where they are damaged. layers: as LazDecoder has
  /// them.
  Bytes decode(std::size_t piece, Bytes packed, std::uint32_t layers = LazLayers::all) const;

 private:
  void find_runs();
  void find_compressed();
  void find_chunks();
  std::uint64_t table_place();
  void one_chunk();

  Source& source_;
  const LasHeader& header_;
  LazScheme scheme_;
  std::uint32_t chunk_size_ = 0;
  std::vector<Piece> pieces_;
  Bytes whole_;  ///< of a file that is one chunk: its records
};

/// As many points as a piece has where nothing else says so; LASzip's own choice.
constexpr std::uint32_t kPieceOfPoints = 50000;

/// Calls work(i, load(i)) for i below n on several threads, and emit(i, result) in order. load and emit run on the
/// calling thread. threads: 0 for as many as there are cores.
template <class Result>
void in_order(int threads, std::size_t n, const std::function<Bytes(std::size_t)>& load,
              const std::function<Result(std::size_t, Bytes)>& work,
              const std::function<void(std::size_t, const Result&)>& emit) {
  const std::size_t cores =
      threads > 0 ? static_cast<std::size_t>(threads) : std::max<std::size_t>(1, std::thread::hardware_concurrency());
  if (cores == 1) {
    for (std::size_t i = 0; i < n; ++i) emit(i, work(i, load(i)));
    return;
  }
  std::deque<std::future<Result>> running;  // its destructor waits, whatever was thrown
  for (std::size_t next = 0, done = 0; done < n; ++done) {
    for (; next < n && next < done + cores; ++next)
      running.push_back(std::async(std::launch::async, work, next, load(next)));
    const Result result = running.front().get();
    running.pop_front();
    emit(done, result);
  }
}

}  // namespace treewalk
