// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// In place of lzf.cpp where TREEWALK_LZF is off.
#include "core/io/lzf.h"

namespace treewalk {

bool has_lzf() { return false; }

std::vector<std::uint8_t> lzf_compress(std::vector<std::uint8_t>) { return {}; }

bool lzf_decompress(const std::vector<std::uint8_t>&, std::vector<std::uint8_t>&) { return false; }

}  // namespace treewalk
