// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/io/las/laz_scheme.h"

#include <initializer_list>

namespace treewalk {
namespace {

constexpr std::size_t kItems = 34;  // where they begin in the record, six bytes each

// Sizes and versions that exist. size: 0 for any.
bool exists(const LazItem& item) {
  const auto is = [&](unsigned size, std::initializer_list<unsigned> versions) {
    for (const unsigned version : versions)
      if (item.version == version) return item.size == size || (size == 0 && item.size > 0);
    return false;
  };
  switch (item.type) {
    case LazItem::point10:
      return is(20, {1, 2});
    case LazItem::gps_time11:
      return is(8, {1, 2});
    case LazItem::rgb12:
      return is(6, {1, 2});
    case LazItem::bytes:
      return is(0, {1, 2});
    case LazItem::wave_packet13:
      return is(29, {1});
    case LazItem::point14:
      return is(30, {2, 3, 4});
    case LazItem::rgb14:
      return is(6, {2, 3, 4});
    case LazItem::rgb_nir14:
      return is(8, {2, 3, 4});
    case LazItem::wave_packet14:
      return is(29, {3, 4});
    case LazItem::bytes14:
      return is(0, {2, 3, 4});
    default:
      return false;
  }
}

bool is_layered(const LazItem& item) { return item.type >= LazItem::point14; }

// The items of a format, with versions still 0.
std::vector<LazItem> items_of(const PointFormat& format, std::size_t record) {
  std::vector<LazItem> items;
  const auto add = [&](bool there, LazItem::Type type, std::size_t size) {
    if (there) items.push_back({type, static_cast<std::uint16_t>(size), 0});
  };
  const bool layered = format.extended();
  add(!layered, LazItem::point10, 20);
  add(!layered && format.gps_time != 0, LazItem::gps_time11, 8);
  add(!layered && format.red != 0, LazItem::rgb12, 6);
  add(layered, LazItem::point14, 30);
  add(layered && format.red != 0 && format.near_infrared == 0, LazItem::rgb14, 6);
  add(format.near_infrared != 0, LazItem::rgb_nir14, 8);
  add(format.wave_packet != 0, layered ? LazItem::wave_packet14 : LazItem::wave_packet13, 29);
  add(record > format.bytes, layered ? LazItem::bytes14 : LazItem::bytes, record - format.bytes);
  return items;
}

void check(const Source& source, const LasHeader& header, const LazScheme& scheme) {
  const std::string who = "the record of LASzip ";
  std::size_t size = 0;
  for (const LazItem& item : scheme.items) {
    if (!exists(item))
      source.fail(who + "names an item of type " + std::to_string(item.type) + ", " + std::to_string(item.size) +
                  " bytes and version " + std::to_string(item.version) + ", which does not exist");
    if (is_layered(item) != scheme.layered()) source.fail(who + "mixes items of two kinds of compression");
    size += item.size;
  }
  if (size != header.record)
    source.fail(who + "describes points of " + std::to_string(size) + " bytes, but the header says " +
                std::to_string(header.record));
  const LazItem::Type first = header.format.extended() ? LazItem::point14 : LazItem::point10;
  if (scheme.items.front().type != first)
    source.fail(who + "does not fit point format " + std::to_string(header.format.id));
  for (std::size_t i = 1; i < scheme.items.size(); ++i)
    if (scheme.items[i].type == first) source.fail(who + "names two points in one");
}

}  // namespace

LazScheme laz_scheme(const Source& source, const LasHeader& header) {
  const LasVlr* vlr = header.vlr(kLazUser, kLazRecord);
  if (vlr == nullptr) source.fail("its points are compressed, but the record of LASzip that says how is missing");
  const Bytes& bytes = vlr->payload;
  const std::size_t count = bytes.size() < kItems ? 0 : get<std::uint16_t>(bytes.data() + 32);
  if (count == 0 || bytes.size() != kItems + 6 * count)
    source.fail("the record of LASzip has " + std::to_string(bytes.size()) + " bytes, which do not hold its " +
                std::to_string(count) + " items");
  const unsigned compressor = get<std::uint16_t>(bytes.data()), coder = get<std::uint16_t>(bytes.data() + 2);
  if (compressor < 1 || compressor > 3 || coder != 0)
    source.fail("the record of LASzip names compressor " + std::to_string(compressor) + " and coder " +
                std::to_string(coder) + "; compressors 1 to 3 with coder 0 are read");
  LazScheme scheme;
  scheme.compressor = static_cast<LazScheme::Compressor>(compressor);
  scheme.chunk_size = get<std::uint32_t>(bytes.data() + 12);
  if (scheme.chunk_size == 0) scheme.chunk_size = LazScheme::variable;
  for (std::size_t at = kItems; at < bytes.size(); at += 6)
    scheme.items.push_back({get<std::uint16_t>(bytes.data() + at), get<std::uint16_t>(bytes.data() + at + 2),
                            get<std::uint16_t>(bytes.data() + at + 4)});
  check(source, header, scheme);
  return scheme;
}

LazScheme scheme_for(const PointFormat& format, std::size_t record, int layer_version) {
  LazScheme scheme;
  scheme.compressor = format.extended() ? LazScheme::layered_chunked : LazScheme::pointwise_chunked;
  scheme.items = items_of(format, record);
  for (LazItem& item : scheme.items)
    item.version = static_cast<std::uint16_t>(is_layered(item)                      ? layer_version
                                              : item.type == LazItem::wave_packet13 ? 1
                                                                                    : 2);
  return scheme;
}

LasVlr laz_vlr(const LazScheme& scheme) {
  Bytes bytes;
  append<std::uint16_t>(bytes, scheme.compressor);
  append<std::uint16_t>(bytes, 0);  // arithmetic coder
  append<std::uint8_t>(bytes, 3);   // the version of LASzip that can read it: 3.5
  append<std::uint8_t>(bytes, 5);
  append<std::uint16_t>(bytes, 0);
  append<std::uint32_t>(bytes, 0);  // options
  append<std::uint32_t>(bytes, scheme.chunk_size);
  append<std::int64_t>(bytes, -1);  // no records of its own behind the points
  append<std::int64_t>(bytes, -1);
  append(bytes, static_cast<std::uint16_t>(scheme.items.size()));
  for (const LazItem& item : scheme.items) {
    append(bytes, item.type);
    append(bytes, item.size);
    append(bytes, item.version);
  }
  return make_vlr(kLazUser, kLazRecord, "treewalk, by LASzip", std::move(bytes));
}

}  // namespace treewalk
