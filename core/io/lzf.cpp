// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/io/lzf.h"

#include <algorithm>
#include <cstring>

namespace treewalk {
namespace {

constexpr std::size_t max_literals = 32, max_distance = 8192, min_match = 3, max_match = 264;

void put_literals(std::vector<std::uint8_t>& packed, const std::uint8_t* from, std::size_t count) {
  while (count > 0) {
    const std::size_t run = std::min(count, max_literals);
    packed.push_back(static_cast<std::uint8_t>(run - 1));
    packed.insert(packed.end(), from, from + run);
    from += run;
    count -= run;
  }
}

void put_reference(std::vector<std::uint8_t>& packed, std::size_t distance, std::size_t bytes) {
  const std::size_t length = bytes - 2, offset = distance - 1;
  packed.push_back(static_cast<std::uint8_t>(std::min<std::size_t>(length, 7) << 5 | offset >> 8));
  if (length >= 7) packed.push_back(static_cast<std::uint8_t>(length - 7));
  packed.push_back(static_cast<std::uint8_t>(offset & 255));
}

}  // namespace

std::vector<std::uint8_t> lzf_compress(const std::vector<std::uint8_t>& plain) {
  int hash_bits = 8;  // as many as fit the data, since emptying the table may take longer than all else
  while (hash_bits < 16 && std::size_t{1} << hash_bits < plain.size()) ++hash_bits;
  std::vector<std::uint8_t> packed;
  packed.reserve(plain.size() / 2);
  std::vector<std::size_t> last(std::size_t{1} << hash_bits, plain.size());  // where three bytes were seen; none yet
  const auto slot = [&](std::size_t at) {
    const std::uint32_t three = plain[at] | plain[at + 1] << 8 | plain[at + 2] << 16;
    return (three * 2654435761u) >> (32 - hash_bits);
  };
  std::size_t literals = 0, at = 0;  // the `literals` bytes before `at` are not written yet
  while (at + min_match <= plain.size()) {
    std::size_t& seen = last[slot(at)];
    const std::size_t candidate = seen;
    seen = at;
    std::size_t bytes = 0;
    if (candidate < at && at - candidate <= max_distance) {
      const std::size_t most = std::min(max_match, plain.size() - at);
      while (bytes < most && plain[candidate + bytes] == plain[at + bytes]) ++bytes;
    }
    if (bytes < min_match) {
      ++at;
      ++literals;
      continue;
    }
    put_literals(packed, plain.data() + at - literals, literals);
    put_reference(packed, at - candidate, bytes);
    literals = 0;
    at += bytes;
    if (at + 1 < plain.size()) last[slot(at - 1)] = at - 1;
  }
  literals += plain.size() - at;
  put_literals(packed, plain.data() + plain.size() - literals, literals);
  return packed;
}

bool lzf_decompress(const std::vector<std::uint8_t>& packed, std::vector<std::uint8_t>& plain) {
  const std::uint8_t *in = packed.data(), *const in_end = in + packed.size();
  std::uint8_t *out = plain.data(), *const out_begin = out, *const out_end = out + plain.size();
  while (in < in_end) {
    const std::size_t control = *in++;
    if (control < max_literals) {
      const std::size_t run = control + 1;
      if (run > static_cast<std::size_t>(in_end - in) || run > static_cast<std::size_t>(out_end - out)) return false;
      std::memcpy(out, in, run);
      in += run;
      out += run;
      continue;
    }
    std::size_t bytes = (control >> 5) + 2;
    if (bytes == 9) {
      if (in == in_end) return false;
      bytes += *in++;
    }
    if (in == in_end) return false;
    const std::size_t distance = ((control & 31) << 8 | *in++) + 1;
    if (distance > static_cast<std::size_t>(out - out_begin) || bytes > static_cast<std::size_t>(out_end - out))
      return false;
    for (std::size_t i = 0; i < bytes; ++i, ++out) *out = *(out - distance);  // may overlap: a run of one pattern
  }
  return out == out_end;
}

}  // namespace treewalk
