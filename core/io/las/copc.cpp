// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/io/las/copc.h"

#include <algorithm>
#include <map>

#include "core/io/formats.h"

namespace treewalk {
namespace {

// An entry of a page: the node's key (16 bytes), then where its points or its page are, their bytes, and how many
// points: -1 says that it is a page.
constexpr std::size_t kEntry = 32, kOffset = 16, kBytes = 24, kPoints = 28;

}  // namespace

Copc::Copc(Source& source, const LasHeader& header, const LasPieces& pieces) {
  const auto hierarchy =
      std::find_if(header.evlrs.begin(), header.evlrs.end(), [](const LasEvlr& e) { return e.is("copc", 1000); });
  if (header.vlrs.empty() || !header.vlrs[0].is("copc", 1) || header.vlrs[0].payload.size() != 160 ||
      hierarchy == header.evlrs.end() || header.bytes.size() != 375 || !header.compressed || header.format.id < 6 ||
      header.format.id > 8)
    source.fail("it is no COPC, so it cannot go on as one");
  payload_.resize(static_cast<std::size_t>(hierarchy->size));
  begin_ = hierarchy->at + hierarchy->head.size();
  go_to(source, begin_, header.file_size);
  source.read(payload_.data(), payload_.size());
  std::map<std::uint64_t, std::size_t> piece_at;
  for (std::size_t i = 0; i < pieces.list().size(); ++i) piece_at[pieces.list()[i].at] = i;

  root_ = get<std::uint64_t>(header.vlrs[0].payload.data() + 40);
  std::vector<std::array<std::uint64_t, 2>> pages = {{root_, get<std::uint64_t>(header.vlrs[0].payload.data() + 48)}};
  std::vector<char> seen(payload_.size() / kEntry + 1);
  std::int64_t points = 0;
  while (!pages.empty()) {
    const auto [at, bytes] = pages.back();
    pages.pop_back();
    if (at < begin_ || bytes > payload_.size() || at - begin_ > payload_.size() - bytes || bytes % kEntry != 0)
      source.fail("a page of its COPC hierarchy lies elsewhere than it says");
    for (std::size_t e = at - begin_; e < at - begin_ + bytes; e += kEntry) {
      if (seen[e / kEntry]++ != 0) source.fail("pages of its COPC hierarchy lie on each other");
      const auto to = get<std::uint64_t>(payload_.data() + e + kOffset);
      const auto size = get<std::int32_t>(payload_.data() + e + kBytes);
      const auto count = get<std::int32_t>(payload_.data() + e + kPoints);
      entries_.push_back({e, -1});
      if (count == -1) pages.push_back({to, static_cast<std::uint32_t>(size)});
      if (count <= 0) continue;
      const auto found = piece_at.find(to);
      if (found == piece_at.end() || pieces.list()[found->second].points != count)
        source.fail("a node of its COPC hierarchy names points that are no chunk of the file");
      entries_.back().piece = static_cast<std::ptrdiff_t>(found->second);
      points += count;
    }
  }
  if (points != header.points)
    source.fail("its COPC hierarchy has " + std::to_string(points) + " of its " + std::to_string(header.points) +
                " points");
}

Bytes Copc::moved(const std::vector<PlacedChunk>& chunks, std::uint64_t at) const {
  Bytes result = payload_;
  for (const Entry& entry : entries_) {
    std::byte* to = result.data() + entry.at;
    if (entry.piece >= 0) {
      const PlacedChunk& chunk = chunks[static_cast<std::size_t>(entry.piece)];
      put(to + kOffset, chunk.at);
      put(to + kBytes, static_cast<std::int32_t>(chunk.bytes));
    } else if (get<std::int32_t>(to + kPoints) == -1) {
      put(to + kOffset, get<std::uint64_t>(to + kOffset) - begin_ + at);
    }
  }
  return result;
}

}  // namespace treewalk
