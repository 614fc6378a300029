// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace treewalk {

/// The LZF format, in which a .pcd holds its compressed points. It is a list of
///   literals    000nnnnn            followed by n+1 bytes that stand for themselves;
///   references  lllddddd dddddddd   l = 1..6: the l+2 bytes that begin d+1 bytes before the end of the output;
///               111ddddd llllllll dddddddd   the same for l+9 bytes.
constexpr std::size_t lzf_best_ratio = 88;  ///< a reference of three bytes stands for 264 bytes at most

std::vector<std::uint8_t> lzf_compress(const std::vector<std::uint8_t>& plain);

/// False when `packed` is damaged or does not fill `plain` exactly.
bool lzf_decompress(const std::vector<std::uint8_t>& packed, std::vector<std::uint8_t>& plain);

}  // namespace treewalk
