// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// The only file that knows LASzip. Of it the coder of points is used, chunk by chunk; file headers, tables and places
// are read and written by treewalk, which checks them.
#include "core/io/las/laz.h"

#include <algorithm>
#include <array>

#include "bytestreamin_array.hpp"
#include "bytestreamout.hpp"
#include "integercompressor.hpp"
#include "lasreaditemraw.hpp"
#include "lasreadpoint.hpp"
#include "laswritepoint.hpp"
#include "laszip.hpp"

namespace treewalk {
namespace {

// A chunk by itself. LASzip looks for a table of chunks only where a stream can go to another place.
class ChunkBytes : public ByteStreamInArrayLE {
 public:
  ChunkBytes(const std::byte* data, std::size_t size)
      : ByteStreamInArrayLE(reinterpret_cast<const U8*>(data), static_cast<I64>(size)) {}
  BOOL isSeekable() const override { return FALSE; }
  void getBytes(U8* to, const I64 count) override {
    if (count > 0) ByteStreamInArrayLE::getBytes(to, count);  // an empty layer goes nowhere
  }
};

// Gathers a chunk. It is always "at 0", where LASzip takes no chunk to have begun, and so writes no table.
class ChunkWriter : public ByteStreamOut {
 public:
  Bytes bytes;

  BOOL putByte(U8 byte) override {
    bytes.push_back(static_cast<std::byte>(byte));
    return TRUE;
  }
  BOOL putBytes(const U8* from, U32 count) override {
    const auto* begin = reinterpret_cast<const std::byte*>(from);
    bytes.insert(bytes.end(), begin, begin + count);
    return TRUE;
  }
  BOOL put16bitsLE(const U8* from) override { return putBytes(from, 2); }
  BOOL put32bitsLE(const U8* from) override { return putBytes(from, 4); }
  BOOL put64bitsLE(const U8* from) override { return putBytes(from, 8); }
  BOOL put16bitsBE(const U8*) override { return FALSE; }  // nothing in a LAZ file is big-endian
  BOOL put32bitsBE(const U8*) override { return FALSE; }
  BOOL put64bitsBE(const U8*) override { return FALSE; }
  BOOL isSeekable() const override { return FALSE; }
  I64 tell() const override { return 0; }
  BOOL seek(const I64) override { return FALSE; }
  BOOL seekEnd() override { return FALSE; }
};

// The scheme in LASzip's words, for one chunk of so many points. A chunk by itself is what compressor 1 makes of all
// points; layers always come in chunks.
void set_up(const LazScheme& scheme, std::int64_t points, LASzip& zip) {
  std::vector<LASitem> items(scheme.items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    items[i].type = static_cast<LASitem::Type>(scheme.items[i].type);
    items[i].size = scheme.items[i].size;
    items[i].version = scheme.items[i].version;
  }
  zip.chunk_size = static_cast<U32>(points);
  const bool known = zip.setup(static_cast<U16>(items.size()), items.data(),
                               scheme.layered() ? LASZIP_COMPRESSOR_LAYERED_CHUNKED : LASZIP_COMPRESSOR_POINTWISE);
  if (!known) throw Error("LASzip does not know this compression");  // the scheme was checked
}

// Records as the coder wants them: an address for each item. A point of formats 6 to 10 has a form of its own.
class Items {
 public:
  explicit Items(const LazScheme& scheme) : layered_(scheme.layered()), at_(scheme.items.size()) {
    for (const LazItem& item : scheme.items) offset_.push_back(record_ += item.size);
    // Whatever the coder reads is there: it takes layers for shorts, and colours for wider ones.
    buffer_.resize(2 * record_ + 64 * (at_.size() + 1));
    std::size_t place = 0;
    for (std::size_t i = 0; i < at_.size(); ++i) {
      at_[i] = buffer_.data() + place;
      place += (2 * static_cast<std::size_t>(scheme.items[i].size) + 63) / 64 * 64;
      offset_[i] -= scheme.items[i].size;
      size_.push_back(scheme.items[i].size);
    }
    point().extended_point_type = 1;
  }
  std::size_t record() const { return record_; }
  U8* const* addresses() { return at_.data(); }

  void from(const std::byte* record) {
    for (std::size_t i = layered_; i < at_.size(); ++i) std::memcpy(at_[i], record + offset_[i], size_[i]);
    if (layered_) point_from(record);
  }
  void to(std::byte* record) {
    for (std::size_t i = layered_; i < at_.size(); ++i) std::memcpy(record + offset_[i], at_[i], size_[i]);
    if (layered_) point_to(record);
  }

 private:
  LAStempReadPoint10& point() { return *reinterpret_cast<LAStempReadPoint10*>(at_[0]); }

  // The first point of a chunk goes through the fields of old formats, the others do not.
  void point_from(const std::byte* record) {
    LAStempReadPoint10& p = point();
    std::memcpy(at_[0], record, kReturns);
    const unsigned returns = get<std::uint8_t>(record + kReturns), flags = get<std::uint8_t>(record + kFlags);
    const unsigned value = get<std::uint8_t>(record + kClass);
    p.extended_return_number = returns & 15U;
    p.extended_number_of_returns = (returns >> 4) & 15U;
    p.extended_classification_flags = flags & 15U;
    p.extended_scanner_channel = (flags >> 4) & 3U;
    p.scan_direction_flag = (flags >> 6) & 1U;
    p.edge_of_flight_line = (flags >> 7) & 1U;
    p.extended_classification = static_cast<U8>(value);
    p.classification = static_cast<U8>(((flags & 7U) << 5) | (value < 32 ? value : 0));
    p.user_data = get<std::uint8_t>(record + kUserData);
    p.extended_scan_angle = get<std::int16_t>(record + kAngle);
    p.point_source_ID = get<std::uint16_t>(record + kSource);
    p.gps_time = get<double>(record + 22);
  }
  void point_to(std::byte* record) {
    const LAStempReadPoint10& p = point();
    std::memcpy(record, at_[0], kReturns);
    put(record + kReturns, static_cast<std::uint8_t>(p.extended_return_number | p.extended_number_of_returns << 4));
    put(record + kFlags, static_cast<std::uint8_t>(p.extended_classification_flags | p.extended_scanner_channel << 4 |
                                                   p.scan_direction_flag << 6 | p.edge_of_flight_line << 7));
    put(record + kClass, p.extended_classification);
    put(record + kUserData, p.user_data);
    put(record + kAngle, p.extended_scan_angle);
    put(record + kSource, p.point_source_ID);
    std::memcpy(record + 22, &p.gps_time, 8);
  }

  bool layered_;
  std::size_t record_ = 0;
  std::vector<U8*> at_;
  std::vector<std::size_t> offset_, size_;
  std::vector<U8> buffer_;
};

// The coder trusts that a stream begins below its largest number; one that does not leads it out of its tables.
bool begins_well(const std::byte* at, std::size_t size) {
  return size >= 4 && !std::all_of(at, at + 4, [](std::byte b) { return b == std::byte{0xFF}; });
}

// Layers of one item: their sizes stand before them, and empty ones are left out.
std::size_t layers_of(const LazItem& item) {
  switch (item.type) {
    case LazItem::point14:
      return 9;
    case LazItem::rgb_nir14:
      return 2;
    case LazItem::bytes14:
      return item.size;
    default:
      return 1;
  }
}

// Whether what the sizes in a chunk name lies in it, and its streams can be decoded.
bool holds_its_streams(const LazScheme& scheme, const std::byte* chunk, std::size_t size, std::int64_t points,
                       std::size_t record) {
  if (size < record) return false;
  if (!scheme.layered()) return points == 1 ? size >= record : begins_well(chunk + record, size - record);
  std::size_t layers = 0;
  for (const LazItem& item : scheme.items) layers += layers_of(item);
  const std::size_t head = record + 4 + 4 * layers;
  if (size < head || get<std::uint32_t>(chunk + record) != points) return false;
  std::uint64_t at = head;
  for (std::size_t i = 0; i < layers; ++i) {
    const std::uint64_t bytes = get<std::uint32_t>(chunk + record + 4 + 4 * i);
    if (bytes > size - at) return false;
    if (bytes > 0 && !begins_well(chunk + at, bytes)) return false;
    at += bytes;
  }
  return true;
}

// Where the layers of a chunk are: behind its first record, the number of points and the layers' sizes.
struct Layers {
  Layers(const LazScheme& scheme, const std::byte* chunk) {
    std::size_t record = 0;
    for (const LazItem& item : scheme.items) {
      record += item.size;
      count += layers_of(item);
    }
    sizes = chunk + record + 4;
    first = sizes + 4 * count;
  }
  std::size_t size(std::size_t layer) const { return get<std::uint32_t>(sizes + 4 * layer); }

  const std::byte *sizes, *first;
  std::size_t count = 0;
};

// Of the nine layers of a point.
constexpr std::size_t kClassLayer = 2;

bool is_changed(const LazItem& item, std::size_t layer, const ChangedLayers& changed) {
  const auto& bytes = changed.extra_bytes;
  if (item.type == LazItem::point14) return layer == kClassLayer && changed.classification;
  return item.type == LazItem::bytes14 && std::find(bytes.begin(), bytes.end(), layer) != bytes.end();
}

}  // namespace

bool has_laz() { return true; }

bool shares_layers(const LazScheme& before, const LazScheme& after) {
  const auto &from = before.items, &to = after.items;
  if (!before.layered() || !after.layered() || to.size() < from.size() || to.size() > from.size() + 1) return false;
  for (std::size_t i = 0; i < to.size(); ++i) {
    const bool extra = to[i].type == LazItem::bytes14;
    if (i == from.size()) return extra;  // the first extra bytes that there are
    if (from[i].type != to[i].type || from[i].version != to[i].version) return false;
    if (extra ? from[i].size > to[i].size : from[i].size != to[i].size) return false;
  }
  return true;
}

Bytes encode_changed_chunk(const LazScheme& after, const std::byte* records, std::int64_t points,
                           const LazScheme& before, const Bytes& chunk, const ChangedLayers& changed) {
  Bytes made = encode_chunk(after, records, points);
  const Layers old(before, chunk.data() + kLazFront), own(after, made.data());
  Bytes result(made.data(), made.data() + (own.first - made.data()));
  const std::byte *from_old = old.first, *from_own = own.first;
  std::size_t old_layer = 0, own_layer = 0;
  for (std::size_t i = 0; i < after.items.size(); ++i) {
    const std::size_t there = i < before.items.size() ? layers_of(before.items[i]) : 0;
    for (std::size_t l = 0; l < layers_of(after.items[i]); ++l, ++own_layer) {
      const bool stays = l < there && !is_changed(after.items[i], l, changed);
      const std::size_t own_size = own.size(own_layer), old_size = l < there ? old.size(old_layer) : 0;
      const std::byte* const from = stays ? from_old : from_own;
      const std::size_t size = stays ? old_size : own_size;
      put(result.data() + (own.sizes - made.data()) + 4 * own_layer, static_cast<std::uint32_t>(size));
      result.insert(result.end(), from, from + size);
      from_own += own_size;
      from_old += old_size;
      if (l < there) ++old_layer;
    }
  }
  return result;
}

struct LazDecoder::Impl {
  Impl(const LazScheme& scheme, Bytes& chunk, std::int64_t points, std::uint32_t layers)
      : items(scheme),
        stream(chunk.data() + (scheme.layered() ? 0 : kLazFront), chunk.size() - (scheme.layered() ? 0 : kLazFront)),
        reader(layers) {
    put<std::int64_t>(chunk.data(), 1);  // where a table would be: nowhere that is looked at
    good = points > 0 && points < 0xFFFFFFFF &&
           holds_its_streams(scheme, chunk.data() + kLazFront, chunk.size() - kLazFront, points, items.record());
    if (!good) return;
    set_up(scheme, points, zip);
    good = reader.setup(zip.num_items, zip.items, &zip) && reader.init(&stream);
  }

  Items items;
  ChunkBytes stream;
  LASzip zip;
  LASreadPoint reader;
  bool good = false;
};

LazDecoder::LazDecoder(const LazScheme& scheme, Bytes& chunk, std::int64_t points, std::uint32_t layers)
    : impl_(std::make_unique<Impl>(scheme, chunk, points, layers)) {}

LazDecoder::~LazDecoder() = default;

bool LazDecoder::next(std::int64_t points, std::byte* to) {
  for (std::int64_t i = 0; i < points && impl_->good; ++i, to += impl_->items.record()) {
    impl_->good = impl_->reader.read(impl_->items.addresses());
    impl_->items.to(to);
  }
  return impl_->good;
}

Bytes encode_chunk(const LazScheme& scheme, const std::byte* records, std::int64_t points) {
  LASzip zip;
  set_up(scheme, points, zip);
  ChunkWriter out;
  LASwritePoint writer;
  Items items(scheme);
  bool good = writer.setup(zip.num_items, zip.items, &zip) && writer.init(&out);
  for (std::int64_t i = 0; i < points && good; ++i, records += items.record()) {
    items.from(records);
    good = writer.write(items.addresses());
  }
  if (!good || !writer.done()) throw Error("LASzip could not compress the points");
  if (scheme.layered()) out.bytes.erase(out.bytes.begin(), out.bytes.begin() + kLazFront);
  return std::move(out.bytes);
}

bool decode_table(const Bytes& bytes, std::size_t count, bool variable, std::vector<LazChunk>& table) {
  table.clear();
  if (count == 0) return true;
  if (!begins_well(bytes.data(), bytes.size())) return false;
  ChunkBytes stream(bytes.data(), bytes.size());
  ArithmeticDecoder decoder;
  try {
    decoder.init(&stream);
    IntegerCompressor numbers(&decoder, 32, 2);
    numbers.initDecompressor();
    LazChunk last;
    for (std::size_t i = 0; i < count; ++i) {
      if (variable) last.points = static_cast<U32>(numbers.decompress(static_cast<I32>(last.points), 0));
      last.bytes = static_cast<U32>(numbers.decompress(static_cast<I32>(last.bytes), 1));
      table.push_back(last);
    }
  } catch (int) {  // what LASzip throws where a stream ends or says what it cannot
    return false;
  }
  decoder.done();
  return true;
}

Bytes encode_table(const std::vector<LazChunk>& table, bool variable) {
  ChunkWriter out;
  if (table.empty()) return {};
  ArithmeticEncoder encoder;
  encoder.init(&out);
  IntegerCompressor numbers(&encoder, 32, 2);
  numbers.initCompressor();
  LazChunk last;
  for (const LazChunk& chunk : table) {
    if (variable) numbers.compress(static_cast<I32>(last.points), static_cast<I32>(chunk.points), 0);
    numbers.compress(static_cast<I32>(last.bytes), static_cast<I32>(chunk.bytes), 1);
    last = chunk;
  }
  encoder.done();
  return std::move(out.bytes);
}

}  // namespace treewalk
