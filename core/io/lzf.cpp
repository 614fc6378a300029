// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/io/lzf.h"

#include <liblzf/lzf.h>

#include <limits>
#include <memory>

namespace treewalk {
namespace {

bool fits(std::size_t size) { return size <= std::numeric_limits<unsigned>::max(); }

}  // namespace

bool has_lzf() { return true; }

std::vector<std::uint8_t> lzf_compress(std::vector<std::uint8_t> plain) {
  const std::size_t room = plain.size() + plain.size() / 32 + 16;  // the library stops a few bytes before the end
  if (!fits(room)) return {};
  // The library reads two bytes of whatever it is given; one byte is a literal: its length less one, and itself.
  if (plain.size() == 1) return {0, plain.front()};
  const std::unique_ptr<std::uint8_t[]> packed(new std::uint8_t[room]);  // what is not written takes no memory
  const unsigned size =
      ::lzf_compress(plain.data(), static_cast<unsigned>(plain.size()), packed.get(), static_cast<unsigned>(room));
  std::vector<std::uint8_t>().swap(plain);
  return {packed.get(), packed.get() + size};
}

bool lzf_decompress(const std::vector<std::uint8_t>& packed, std::vector<std::uint8_t>& plain) {
  // The library reads a byte before it looks at the size, and says 0 for what is damaged.
  if (packed.empty() || plain.empty()) return packed.empty() && plain.empty();
  return fits(packed.size()) && fits(plain.size()) &&
         ::lzf_decompress(packed.data(), static_cast<unsigned>(packed.size()), plain.data(),
                          static_cast<unsigned>(plain.size())) == plain.size();
}

}  // namespace treewalk
