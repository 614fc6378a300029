// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// In place of laz.cpp where TREEWALK_LAZ is off. Callers ask has_laz() first.
#include "core/io/las/laz.h"

namespace treewalk {

bool has_laz() { return false; }

struct LazDecoder::Impl {};
LazDecoder::LazDecoder(const LazScheme&, Bytes&, std::int64_t, std::uint32_t) {}
LazDecoder::~LazDecoder() = default;
bool LazDecoder::next(std::int64_t, std::byte*) { return false; }

Bytes encode_chunk(const LazScheme&, const std::byte*, std::int64_t) { return {}; }
bool shares_layers(const LazScheme&, const LazScheme&) { return false; }
Bytes encode_changed_chunk(const LazScheme&, const std::byte*, std::int64_t, const LazScheme&, const Bytes&,
                           const ChangedLayers&) {
  return {};
}
bool decode_table(const Bytes&, std::size_t, bool, std::vector<LazChunk>&) { return false; }
Bytes encode_table(const std::vector<LazChunk>&, bool) { return {}; }

}  // namespace treewalk
