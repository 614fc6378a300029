// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/device/parallel.h"

namespace treewalk {

/// A sort key and the index it belongs to.
template <class Key>
struct Keyed {
  Key key;
  std::uint32_t index;
};

/// Memory that is not cleared: the threads that fill it touch its pages first.
template <class T>
using Raw = std::unique_ptr<T[]>;
template <class T>
Raw<T> raw(std::int64_t size) {
  return Raw<T>(new T[static_cast<std::size_t>(size)]);
}

/// Sorts items by the low `bits` bits of their keys; items of equal bits keep their order. Other bits are ignored.
/// Least significant digit first: the pieces of one pass count their digits, a scan gives each piece its places, and
/// the pieces move their items there, so the result is the same for any number of threads.
template <class Key>
void radix_sort(Raw<Keyed<Key>>& items, std::int64_t size, int bits) {
  constexpr int kDigit = 11;  // 2048 places of 64 bytes still fit a second-level cache
  const int passes = (bits + kDigit - 1) / kDigit;
  if (passes == 0 || size < 2) return;
  const int digit = (bits + passes - 1) / passes;
  const std::int64_t bins = std::int64_t{1} << digit;
  const std::int64_t piece = size / 64 > (1 << 15) ? size / 64 + 1 : 1 << 15;
  const std::int64_t pieces = (size + piece - 1) / piece;
  std::vector<std::uint32_t> place(pieces * bins);
  Raw<Keyed<Key>> sorted;
  for (int pass = 0; pass < passes; ++pass) {
    const int shift = pass * digit;
    const Key mask = static_cast<Key>((pass + 1 < passes ? bins : std::int64_t{1} << (bits - shift)) - 1);
    parallel_pieces(size, piece, [&](std::int64_t p, std::int64_t begin, std::int64_t end) {
      std::uint32_t* count = place.data() + p * bins;
      for (std::int64_t bin = 0; bin < bins; ++bin) count[bin] = 0;
      for (const Keyed<Key>*item = &items[begin], *last = item + (end - begin); item != last; ++item)
        ++count[item->key >> shift & mask];
    });
    std::uint32_t sum = 0;
    bool one_bin = false;  // a digit that is the same everywhere needs no pass
    for (std::int64_t bin = 0; bin < bins; ++bin) {
      const std::uint32_t before = sum;
      for (std::int64_t p = 0; p < pieces; ++p) {
        const std::uint32_t count = place[p * bins + bin];
        place[p * bins + bin] = sum;
        sum += count;
      }
      one_bin = one_bin || sum - before == static_cast<std::uint32_t>(size);
    }
    if (one_bin) continue;
    if (!sorted) sorted = raw<Keyed<Key>>(size);
    parallel_pieces(size, piece, [&](std::int64_t p, std::int64_t begin, std::int64_t end) {
      std::uint32_t* next = place.data() + p * bins;
      Keyed<Key>* to = sorted.get();
      for (const Keyed<Key>*item = &items[begin], *last = item + (end - begin); item != last; ++item)
        to[next[item->key >> shift & mask]++] = *item;
    });
    items.swap(sorted);
  }
}

}  // namespace treewalk
