// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/io/las/output.h"

#include <algorithm>

namespace treewalk {
namespace {

void put_summary(LasHeader& header, const LasSummary& summary) {
  std::byte* h = header.bytes.data();
  const auto points = static_cast<std::uint64_t>(summary.points);
  const bool legacy = !header.format.extended() && points <= 0xFFFFFFFF;
  put(h + las_place::legacy_count, static_cast<std::uint32_t>(legacy ? points : 0));
  for (std::size_t i = 0; i < 5; ++i)
    put(h + las_place::legacy_by_return + 4 * i, static_cast<std::uint32_t>(legacy ? summary.by_return[i] : 0));
  if (header.minor >= 4) {
    put(h + las_place::count, points);
    for (std::size_t i = 0; i < 15; ++i) put(h + las_place::by_return + 8 * i, summary.by_return[i]);
  }
  for (std::size_t axis = 0; axis < 3; ++axis) {
    double least = summary.least[axis] * header.scale[axis] + header.offset[axis];
    double most = summary.most[axis] * header.scale[axis] + header.offset[axis];
    if (least > most) std::swap(least, most);  // of a negative scale
    if (points == 0) least = most = header.offset[axis];
    put(h + las_place::bounds + 16 * axis, most);
    put(h + las_place::bounds + 16 * axis + 8, least);
  }
}

}  // namespace

void LasSummary::add(const PointFormat& format, std::size_t record, const Bytes& records) {
  for (std::size_t at = 0; at < records.size(); at += record) {
    const std::byte* one = records.data() + at;
    ++points;
    const unsigned number = returns_of(format, one)[0];
    if (number >= 1 && number <= by_return.size()) ++by_return[number - 1];
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const auto value = get<std::int32_t>(one + 4 * axis);
      least[axis] = std::min(least[axis], value);
      most[axis] = std::max(most[axis], value);
    }
  }
}

void LasSummary::join(const LasSummary& other) {
  points += other.points;
  for (std::size_t i = 0; i < by_return.size(); ++i) by_return[i] += other.by_return[i];
  for (std::size_t axis = 0; axis < 3; ++axis) {
    least[axis] = std::min(least[axis], other.least[axis]);
    most[axis] = std::max(most[axis], other.most[axis]);
  }
}

LasOutput::LasOutput(std::ostream& stream, std::string name, LasHeader header, std::uint32_t chunk_size,
                     int layer_version)
    : stream_(stream), name_(std::move(name)), header_(std::move(header)) {
  auto& vlrs = header_.vlrs;
  const auto of_laz =
      std::find_if(vlrs.begin(), vlrs.end(), [](const LasVlr& v) { return v.is(kLazUser, kLazRecord); });
  if (header_.compressed) {
    scheme_ = scheme_for(header_.format, header_.record, layer_version);
    if (chunk_size > 0) scheme_.chunk_size = chunk_size;
    if (of_laz == vlrs.end())
      vlrs.push_back(laz_vlr(scheme_));
    else
      *of_laz = laz_vlr(scheme_);
  } else if (of_laz != vlrs.end()) {
    vlrs.erase(of_laz);
  }
  if (stream_.tellp() == std::ostream::pos_type(-1))
    throw Error(name_ + ": a LAS file is not written through a pipe, since its header is finished last");
  write_beginning();
}

void LasOutput::write(const Bytes& bytes) {
  stream_.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  at_ += bytes.size();
}

void LasOutput::write_beginning() {
  Bytes records;
  for (const LasVlr& vlr : header_.vlrs) {
    if (vlr.payload.size() > 0xFFFF)
      throw Error(name_ + ": a variable length record would be longer than 65,535 bytes");
    const std::size_t begin = records.size();
    records.insert(records.end(), vlr.head.begin(), vlr.head.end());
    put(records.data() + begin + 20, static_cast<std::uint16_t>(vlr.payload.size()));
    append(records, vlr.payload);
  }
  append(records, header_.gap);
  header_.data = header_.bytes.size() + records.size();
  if (header_.data > 0xFFFFFFFF) throw Error(name_ + ": its variable length records would be longer than 4 GB");
  std::byte* h = header_.bytes.data();
  put(h + las_place::data, static_cast<std::uint32_t>(header_.data));
  put(h + las_place::vlr_count, static_cast<std::uint32_t>(header_.vlrs.size()));
  const auto format = static_cast<unsigned>(header_.format.id);
  put(h + las_place::format, static_cast<std::uint8_t>(header_.compressed ? format | 0x80U : format));
  put(h + las_place::record, static_cast<std::uint16_t>(header_.record));
  write(header_.bytes);
  write(records);
  if (header_.compressed) write(Bytes(8));  // where the table of chunks will be
}

Bytes LasOutput::packed(const Bytes& records) const {
  if (!header_.compressed || records.empty()) return records;
  return encode_chunk(scheme_, records.data(), static_cast<std::int64_t>(records.size() / header_.record));
}

void LasOutput::add(std::int64_t points, const Bytes& packed) {
  if (points == 0) return;
  if (packed.size() > 0xFFFFFFFF) throw Error(name_ + ": a chunk of compressed points would be longer than 4 GB");
  table_.push_back({static_cast<std::uint32_t>(points), static_cast<std::uint32_t>(packed.size())});
  chunks_.push_back({at_, packed.size()});
  write(packed);
}

void LasOutput::write_table() {
  const std::uint64_t place = at_;
  Bytes bytes(8);
  put(bytes.data() + 4, static_cast<std::uint32_t>(table_.size()));
  append(bytes, encode_table(table_, scheme_.chunk_size == LazScheme::variable));
  write(bytes);
  stream_.seekp(static_cast<std::streamoff>(header_.data));
  Bytes head(8);
  put(head.data(), static_cast<std::int64_t>(place));
  stream_.write(reinterpret_cast<const char*>(head.data()), 8);
  stream_.seekp(static_cast<std::streamoff>(at_));
}

void LasOutput::finish(const std::function<void(const LasEvlr&, std::ostream&, std::uint64_t at)>& copy,
                       const LasSummary* summary) {
  if (header_.compressed) write_table();
  std::byte* h = header_.bytes.data();
  const std::uint64_t begin = at_;
  for (const LasEvlr& evlr : header_.evlrs) {
    if (header_.waveform != 0 && evlr.at == header_.waveform) put(h + las_place::waveform, at_);
    Bytes head(evlr.head.begin(), evlr.head.end());
    put(head.data() + 20, static_cast<std::uint64_t>(evlr.size + evlr.added.size()));
    write(head);
    copy(evlr, stream_, at_);
    at_ += evlr.size;
    write(evlr.added);
  }
  if (header_.minor >= 4 && !header_.evlrs.empty()) {
    put(h + las_place::evlr_start, begin);
    put(h + las_place::evlr_count, static_cast<std::uint32_t>(header_.evlrs.size()));
  } else if (header_.minor >= 4 && get<std::uint32_t>(h + las_place::evlr_count) != 0) {  // a COPC's were all there was
    put(h + las_place::evlr_start, std::uint64_t{0});
    put(h + las_place::evlr_count, std::uint32_t{0});
  }
  if (summary != nullptr) put_summary(header_, *summary);
  stream_.seekp(0);
  stream_.write(reinterpret_cast<const char*>(h), static_cast<std::streamsize>(header_.bytes.size()));
  stream_.seekp(static_cast<std::streamoff>(at_));
}

}  // namespace treewalk
