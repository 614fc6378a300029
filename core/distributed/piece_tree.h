// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace treewalk {

/// Sums of pieces in one fixed order, however many processes make them: pieces [first, last) are summed as their first
/// half plus their second half, and so on down to single pieces.
struct PieceSpan {
  std::int64_t first = 0, last = 0;
  std::int64_t size() const { return last - first; }
  std::int64_t middle() const { return first + size() / 2; }
  bool operator==(const PieceSpan& other) const { return first == other.first && last == other.last; }
};

/// The pieces of a rank: one run of them, as many as any other rank has or one more or less.
inline PieceSpan pieces_of_rank(std::int64_t pieces, int rank, int ranks) {
  return {pieces * rank / ranks, pieces * (rank + 1) / ranks};
}

/// Appends the largest spans of the tree over `whole` that lie within `own`, in order: what its owner can sum alone.
inline void add_spans_within(const PieceSpan& own, const PieceSpan& whole, std::vector<PieceSpan>& spans) {
  if (whole.size() < 1 || whole.last <= own.first || own.last <= whole.first) return;
  if (own.first <= whole.first && whole.last <= own.last) {
    spans.push_back(whole);
    return;
  }
  add_spans_within(own, {whole.first, whole.middle()}, spans);
  add_spans_within(own, {whole.middle(), whole.last}, spans);
}

inline std::vector<PieceSpan> spans_of_rank(std::int64_t pieces, int rank, int ranks) {
  std::vector<PieceSpan> spans;
  add_spans_within(pieces_of_rank(pieces, rank, ranks), {0, pieces}, spans);
  return spans;
}

/// The sum over a span, at least one piece long. known(span) says whether sum_of(span) gives it as it is; add(a, b)
/// gives a + b. Single pieces must be known.
template <class Known, class SumOf, class Add>
auto sum_over(const PieceSpan& span, const Known& known, const SumOf& sum_of, const Add& add)
    -> decltype(sum_of(span)) {
  if (known(span)) return sum_of(span);
  auto first = sum_over({span.first, span.middle()}, known, sum_of, add);
  return add(std::move(first), sum_over({span.middle(), span.last}, known, sum_of, add));
}

}  // namespace treewalk
