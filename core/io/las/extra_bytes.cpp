// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/io/las/extra_bytes.h"

#include <algorithm>
#include <cmath>

namespace treewalk {
namespace {

constexpr std::size_t kType = 2, kOptions = 3, kName = 4, kScales = 112, kOffsets = 136, kText = 160;
constexpr unsigned kHasScale = 8, kHasOffset = 16;
constexpr char kUser[] = "LASF_Spec";
constexpr unsigned kRecordId = 4;

// Fixed fields are no C strings: one of 32 characters has no zero.
std::string fixed_text(const std::byte* at) {
  const char* text = reinterpret_cast<const char*>(at);
  return std::string(text, std::find(text, text + 32, '\0'));
}

Scalar scalar_of(int type) {
  static const Scalar scalars[10] = {Scalar::uint8, Scalar::int8,   Scalar::uint16, Scalar::int16,   Scalar::uint32,
                                     Scalar::int32, Scalar::uint64, Scalar::int64,  Scalar::float32, Scalar::float64};
  return scalars[(type - 1) % 10];
}

ExtraDimension dimension_of(const std::byte* block) {
  ExtraDimension d;
  d.name = fixed_text(block + kName);
  d.description = fixed_text(block + kText);
  d.type = std::to_integer<int>(block[kType]);
  const unsigned options = std::to_integer<unsigned>(block[kOptions]);
  if (d.type == 0) {
    d.count = options;  // of a type 0 this is how many bytes there are
    return d;
  }
  d.scalar = scalar_of(d.type);
  d.count = std::size_t{1} + static_cast<unsigned>(d.type - 1) / 10;
  for (std::size_t i = 0; i < d.count; ++i) {
    if ((options & kHasScale) != 0) d.scale[i] = get<double>(block + kScales + 8 * i);
    if ((options & kHasOffset) != 0) d.offset[i] = get<double>(block + kOffsets + 8 * i);
    if (!std::isfinite(d.scale[i]) || d.scale[i] == 0) d.scale[i] = 1;
    if (!std::isfinite(d.offset[i])) d.offset[i] = 0;
    d.scaled = d.scaled || d.scale[i] != 1 || d.offset[i] != 0;
  }
  return d;
}

void add(ExtraBytes& extra, const LasHeader& header, const Bytes& payload) {
  for (std::size_t at = 0; at + kDescription <= payload.size() && extra.fault.empty(); at += kDescription) {
    if (std::to_integer<int>(payload[at + kType]) > 30) {
      extra.fault = "a description of extra bytes has the type " +
                    std::to_string(std::to_integer<int>(payload[at + kType])) + ", which does not exist";
      return;
    }
    ExtraDimension d = dimension_of(payload.data() + at);
    d.at = header.format.bytes + extra.described;
    if (d.at + d.bytes() > header.record) {
      extra.fault = "descriptions tell of more extra bytes than the " +
                    std::to_string(header.record - header.format.bytes) + " that its points have";
      return;
    }
    extra.described += d.bytes();
    extra.dimensions.push_back(std::move(d));
  }
}

}  // namespace

ExtraBytes extra_bytes(const LasHeader& header, const std::function<Bytes(const LasEvlr&)>& payload) {
  ExtraBytes extra;
  for (const LasVlr& vlr : header.vlrs)
    if (vlr.is(kUser, kRecordId)) add(extra, header, vlr.payload);
  for (const LasEvlr& evlr : header.evlrs)
    if (evlr.is(kUser, kRecordId)) add(extra, header, payload(evlr));
  return extra;
}

Bytes describe(std::string_view name, std::string_view text, int type, double scale) {
  Bytes block(kDescription);
  block[kType] = static_cast<std::byte>(type);
  std::memcpy(block.data() + kName, name.data(), std::min<std::size_t>(name.size(), 32));
  std::memcpy(block.data() + kText, text.data(), std::min<std::size_t>(text.size(), 32));
  if (scale != 0) {
    block[kOptions] = static_cast<std::byte>(kHasScale);
    put(block.data() + kScales, scale);
  }
  return block;
}

Bytes describe_unknown(std::size_t bytes) {
  Bytes block = describe("undescribed", "", 0, 0);
  block[kOptions] = static_cast<std::byte>(bytes);
  return block;
}

void keep_descriptions(LasHeader& header, std::size_t count) {
  const auto kept = [&count](std::size_t bytes) {
    const std::size_t here = std::min(count, bytes / kDescription);
    count -= here;
    return here * kDescription;
  };
  for (LasVlr& vlr : header.vlrs)
    if (vlr.is(kUser, kRecordId)) vlr.payload.resize(kept(vlr.payload.size()));
  for (LasEvlr& evlr : header.evlrs)
    if (evlr.is(kUser, kRecordId)) evlr.size = kept(static_cast<std::size_t>(evlr.size));
}

void add_descriptions(LasHeader& header, const Bytes& descriptions) {
  for (auto evlr = header.evlrs.rbegin(); evlr != header.evlrs.rend(); ++evlr) {
    if (!evlr->is(kUser, kRecordId)) continue;
    append(evlr->added, descriptions);
    return;
  }
  for (auto vlr = header.vlrs.rbegin(); vlr != header.vlrs.rend(); ++vlr) {
    if (!vlr->is(kUser, kRecordId)) continue;
    if (vlr->payload.size() % kDescription != 0 || vlr->payload.size() + descriptions.size() > 65535) break;
    append(vlr->payload, descriptions);
    return;
  }
  header.vlrs.push_back(make_vlr(kUser, kRecordId, "Extra Bytes", descriptions));
}

}  // namespace treewalk
