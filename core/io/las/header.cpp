// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/io/las/header.h"

#include <algorithm>
#include <cmath>

#include "core/io/formats.h"

namespace treewalk {
namespace {

constexpr std::size_t kSmallestHeader = 227;

std::string text(std::uint64_t number) { return std::to_string(number); }

bool is_named(const std::byte* head, std::string_view user, unsigned record) {
  const char* name = reinterpret_cast<const char*>(head + 2);
  const std::size_t length = static_cast<std::size_t>(std::find(name, name + 16, '\0') - name);
  return std::string_view(name, length) == user && get<std::uint16_t>(head + 18) == record;
}

template <class T>
T field(const LasHeader& header, std::size_t at) {
  return get<T>(header.bytes.data() + at);
}

void read_block(Source& source, LasHeader& header) {
  header.file_size = source.remaining;
  if (header.file_size == 0) source.fail("the file is empty");
  if (header.file_size < kSmallestHeader)
    source.fail("the file ends within the LAS header: it has " + text(header.file_size) + " bytes of at least 227");
  header.bytes.resize(kSmallestHeader);
  source.read(header.bytes.data(), kSmallestHeader);
  if (!begins_like_las({reinterpret_cast<const char*>(header.bytes.data()), 4}))
    source.fail("it does not begin with LASF, so it is no LAS file");
  const unsigned major = field<std::uint8_t>(header, las_place::version);
  header.minor = field<std::uint8_t>(header, las_place::version + 1);
  if (major != 1 || header.minor > kLastMinor)
    source.fail("it says that it is LAS " + text(major) + "." + std::to_string(header.minor) +
                "; versions 1.0 to 1.5 are read");
  const std::size_t size = field<std::uint16_t>(header, las_place::header_size);
  if (size < standard_header(header.minor) || size > header.file_size)
    source.fail("its header is said to have " + text(size) + " bytes, but LAS 1." + std::to_string(header.minor) +
                " needs " + text(standard_header(header.minor)) + " and the file has " + text(header.file_size));
  header.bytes.resize(size);
  source.read(header.bytes.data() + kSmallestHeader, size - kSmallestHeader);
}

void read_numbers(Source& source, LasHeader& header) {
  const unsigned format = field<std::uint8_t>(header, las_place::format);
  header.compressed = (format & 0x80U) != 0;
  if ((format & 0x3FU) >= kPointFormats)
    source.fail("its points are of format " + text(format & 0x3FU) + "; formats 0 to 10 are read");
  header.format = point_format(static_cast<int>(format & 0x3FU));
  header.record = field<std::uint16_t>(header, las_place::record);
  if (header.record < header.format.bytes)
    source.fail("its points are said to have " + text(header.record) + " bytes, too few for point format " +
                std::to_string(header.format.id) + ", which has " + text(header.format.bytes));
  std::uint64_t points = field<std::uint32_t>(header, las_place::legacy_count);
  if (header.minor >= 4 && field<std::uint64_t>(header, las_place::count) != 0)
    points = field<std::uint64_t>(header, las_place::count);
  header.data = field<std::uint32_t>(header, las_place::data);
  if (header.data < header.bytes.size() || header.data > header.file_size)
    source.fail("its points are said to begin at byte " + text(header.data) + ", but the header ends at " +
                text(header.bytes.size()) + " and the file at " + text(header.file_size));
  const std::uint64_t fit = (header.file_size - header.data) / header.record;
  if (!header.compressed && points > fit)
    source.fail("the header says " + text(points) + " points, but the file ends after " + text(fit));
  if (points > static_cast<std::uint64_t>(max_points))
    source.fail("the header says " + text(points) + " points, more than a cloud may have");
  header.points = static_cast<std::int64_t>(points);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const std::string name(1, "xyz"[axis]);
    header.scale[axis] = field<double>(header, las_place::scale + 8 * axis);
    header.offset[axis] = field<double>(header, las_place::offset + 8 * axis);
    if (!std::isfinite(header.scale[axis]) || header.scale[axis] == 0)
      source.fail("the scale of " + name + " is " + std::to_string(header.scale[axis]) + ", so it has no coordinates");
    if (!std::isfinite(header.offset[axis]))
      source.fail("the offset of " + name + " is " + std::to_string(header.offset[axis]) +
                  ", so it has no coordinates");
  }
}

void read_vlrs(Source& source, LasHeader& header) {
  const std::uint64_t count = field<std::uint32_t>(header, las_place::vlr_count);
  std::uint64_t room = header.data - header.bytes.size();
  if (count * 54 > room)
    source.fail("the header says " + text(count) + " variable length records, but there is room for " +
                text(room / 54) + " before the points");
  header.vlrs.resize(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < header.vlrs.size(); ++i) {
    LasVlr& vlr = header.vlrs[i];
    const std::string name = "variable length record " + text(i + 1);
    if (room < vlr.head.size()) source.fail(name + " reaches beyond the start of the points");
    source.read(vlr.head.data(), vlr.head.size());
    room -= vlr.head.size();
    const std::size_t size = get<std::uint16_t>(vlr.head.data() + 20);
    if (size > room)
      source.fail(name + " is said to have " + text(size) + " bytes, but the points begin after " + text(room));
    vlr.payload.resize(size);
    source.read(vlr.payload.data(), size);
    room -= size;
  }
  header.gap.resize(static_cast<std::size_t>(room));
  source.read(header.gap.data(), room);
}

// Where compressed points end: their table of chunks follows them. Where it is said to be at no such place, they end
// where they begin; who reads them says what is wrong.
std::uint64_t end_of_compressed(Source& source, const LasHeader& header) {
  const auto table = static_cast<std::uint64_t>(said_table_place(source, header));
  return table < header.data || table > header.file_size ? header.data : table;
}

// Whether waveform packets are where the header of LAS 1.3 says; it may say a place where they never were. Their record
// has a number of its own, but not all writers know it, and what they call its user differs.
bool holds_packets(Source& source, const LasHeader& header, std::uint64_t points_end) {
  std::array<std::byte, 60> head;
  if (header.waveform < points_end || header.waveform > header.file_size ||
      header.file_size - header.waveform < head.size())
    return false;
  go_to(source, header.waveform, header.file_size);
  source.read(head.data(), head.size());
  const bool fits = get<std::uint64_t>(head.data() + 20) <= header.file_size - header.waveform - head.size();
  return get<std::uint16_t>(head.data() + 18) == 65535 || (fits && !header.compressed);
}

// Extended records follow the points. LAS 1.3 knows one, the waveform packets, and names its place alone.
void read_evlrs(Source& source, LasHeader& header) {
  if (header.minor < 3) return;
  header.waveform = field<std::uint64_t>(header, las_place::waveform);
  std::uint64_t count = 0, at = 0;
  const std::uint64_t points_end =
      header.data + (header.compressed ? 0 : static_cast<std::uint64_t>(header.points) * header.record);
  if (header.minor == 3) {
    count = holds_packets(source, header, header.compressed ? end_of_compressed(source, header) : points_end);
    at = header.waveform;
  } else {
    count = field<std::uint32_t>(header, las_place::evlr_count);
    at = field<std::uint64_t>(header, las_place::evlr_start);
  }
  if (count == 0) return;
  if (at < points_end || at > header.file_size)
    source.fail("its extended records are said to begin at byte " + text(at) + ", but the points end at " +
                text(points_end) + " and the file at " + text(header.file_size));
  if (count > (header.file_size - at) / 60)
    source.fail("the header says " + text(count) + " extended records, but there is room for " +
                text((header.file_size - at) / 60));
  header.evlrs.resize(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < header.evlrs.size(); ++i) {
    LasEvlr& evlr = header.evlrs[i];
    const std::string name = "extended record " + text(i + 1);
    if (header.file_size - at < evlr.head.size()) source.fail(name + " reaches beyond the end of the file");
    go_to(source, at, header.file_size);
    source.read(evlr.head.data(), evlr.head.size());
    evlr.at = at;
    evlr.size = get<std::uint64_t>(evlr.head.data() + 20);
    at += evlr.head.size();
    if (evlr.size > header.file_size - at)
      source.fail(name + " is said to have " + text(evlr.size) + " bytes, but the file ends after " +
                  text(header.file_size - at));
    at += evlr.size;
  }
}

}  // namespace

bool LasVlr::is(std::string_view user, unsigned record) const { return is_named(head.data(), user, record); }
bool LasEvlr::is(std::string_view user, unsigned record) const { return is_named(head.data(), user, record); }

std::int64_t said_table_place(Source& source, const LasHeader& header) {
  const std::uint64_t end = header.file_size, points = header.data + 8;
  if (end < points) return -1;
  std::byte bytes[8];
  go_to(source, header.data, end);
  source.read(bytes, 8);
  if (get<std::int64_t>(bytes) == -1 && end >= points + 8) {
    go_to(source, end - 8, end);
    source.read(bytes, 8);
  }
  return get<std::int64_t>(bytes);
}

LasVlr make_vlr(std::string_view user, unsigned record, std::string_view description, Bytes payload) {
  LasVlr vlr;
  std::memcpy(vlr.head.data() + 2, user.data(), std::min<std::size_t>(user.size(), 16));
  put(vlr.head.data() + 18, static_cast<std::uint16_t>(record));
  std::memcpy(vlr.head.data() + 22, description.data(), std::min<std::size_t>(description.size(), 32));
  vlr.payload = std::move(payload);
  return vlr;
}

const LasVlr* LasHeader::vlr(std::string_view user, unsigned record_id) const {
  const auto found = std::find_if(vlrs.begin(), vlrs.end(), [&](const LasVlr& v) { return v.is(user, record_id); });
  return found == vlrs.end() ? nullptr : &*found;
}

std::size_t standard_header(int minor) {
  static const std::size_t sizes[kLastMinor + 1] = {227, 227, 227, 235, 375, 393};
  return sizes[minor];
}

LasHeader read_las_header(Source& source) {
  LasHeader header;
  read_block(source, header);
  read_numbers(source, header);
  read_vlrs(source, header);
  read_evlrs(source, header);
  return header;
}

bool begins_like_las(std::string_view beginning) { return beginning.substr(0, 4) == "LASF"; }

}  // namespace treewalk
