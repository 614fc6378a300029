// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace treewalk {

/// The LZF format, in which a .pcd holds its compressed points, by liblzf.
/// How many times smaller it makes bytes at most: a reference of three bytes stands for 264.
constexpr std::size_t lzf_best_ratio = 88;

/// Whether this build has liblzf (TREEWALK_LZF). Where it has not, nothing is compressed or decompressed.
bool has_lzf();

/// At most size + size/32 + 1 bytes; empty when there are more than 32 bits can count. `plain` is gone before the
/// result gets memory of its own.
std::vector<std::uint8_t> lzf_compress(std::vector<std::uint8_t> plain);

/// False when `packed` is damaged or does not fill `plain` exactly.
bool lzf_decompress(const std::vector<std::uint8_t>& packed, std::vector<std::uint8_t>& plain);

}  // namespace treewalk
