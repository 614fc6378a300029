// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// LAS and LAZ files whose header, records, tables or chunks lie: one line, and no memory that the file does not
// justify.
#include <cmath>

#include "tests/io/las_support.h"
#include "tests/support/hostile_files.h"

namespace treewalk {
namespace {

LasParts good(int format = 1) {
  LasParts parts;
  parts.minor = 4;
  parts.format = format;
  parts.vlrs = {las_vlr("somebody", 9, "text")};
  parts.records = las_records(format, 0, 40);
  parts.evlrs = {las_evlr("somebody", 9, "behind")};
  parts.legacy_counts = format < 6;
  return parts;
}

template <class T>
std::string with(std::string text, std::size_t at, T value) {
  set(text, at, value);
  return text;
}

TEST(HostileLas, IsRefusedInOneLineBeforeMemoryIsTaken) {
  const Folder folder;
  const std::string las = good().bytes();
  const double nan = std::nan("");
  const std::uint64_t far = 1ULL << 63;
  const Lie lies[] = {
      {"empty", "", "the file is empty"},
      {"signature", with(las, 0, 'X'), "does not begin with LASF"},
      {"header cut", las.substr(0, 200), "ends within the LAS header"},
      {"major", with<std::uint8_t>(las, 24, 2), "LAS 2.4; versions 1.0 to 1.5"},
      {"minor", with<std::uint8_t>(las, 25, 6), "LAS 1.6"},
      {"header size", with<std::uint16_t>(las, 94, 374), "said to have 374 bytes, but LAS 1.4 needs 375"},
      {"header beyond the file", with<std::uint16_t>(las, 94, 65535), "said to have 65535 bytes"},
      {"format", with<std::uint8_t>(las, 104, 11), "points are of format 11"},
      {"format with bits", with<std::uint8_t>(las, 104, 63), "points are of format 63"},
      {"record", with<std::uint16_t>(las, 105, 27), "27 bytes, too few for point format 1, which has 28"},
      {"count", with<std::uint64_t>(las, 247, 42), "said to begin at byte 1553, but the points end at 1609"},
      {"count of 2^63", with(las, 247, far), "9223372036854775808 points"},
      {"points in the header", with<std::uint32_t>(las, 96, 374), "said to begin at byte 374"},
      {"points beyond the file", with<std::uint32_t>(las, 96, 4000000000U), "said to begin at byte 4000000000"},
      {"records", with<std::uint32_t>(las, 100, 4294967295U), "4294967295 variable length records"},
      {"one record more", with<std::uint32_t>(las, 100, 2), "2 variable length records, but there is room for 1"},
      {"long record", with<std::uint16_t>(las, 375 + 20, 5), "said to have 5 bytes, but the points begin after 4"},
      {"scale 0", with(las, 131, 0.0), "the scale of x is 0"},
      {"scale nan", with(las, 139, nan), "the scale of y is"},
      {"scale inf", with(las, 147, HUGE_VAL), "the scale of z is inf"},
      {"offset inf", with(las, 163, HUGE_VAL), "the offset of y is inf"},
      {"extended start", with(las, 235, far), "extended records are said to begin at byte 9223372036854775808"},
      {"extended in points", with<std::uint64_t>(las, 235, 500), "said to begin at byte 500, but the points end"},
      {"extended count", with<std::uint32_t>(las, 243, 4294967295U), "4294967295 extended records"},
      {"extended length", with(las, las.size() - 6 - 40, far), "extended record 1 is said to have 9223372036854775808"},
      {"truncated", las.substr(0, las.size() - 67), "the header says 40 points, but the file ends after 39"},
  };
  for (const Lie& lie : lies) expect_refused(folder / "hostile.las", lie);
}

TEST(HostileLas, EveryBeginningOfAFileIsReadOrRefusedInOneLine) {
  const Folder folder;
  const std::string las = good(6).bytes();
  for (std::size_t length = 0; length < las.size(); ++length) {
    save(folder / "cut.las", las.substr(0, length));
    const std::string error = error_of([&] { read_cloud(folder / "cut.las"); });
    ASSERT_FALSE(error.empty()) << length;
    ASSERT_EQ(error.find('\n'), std::string::npos) << error;
  }
}

// A compressed file in memory, and the places in it that are worth a lie.
struct Packed {
  std::string text;
  std::size_t points = 0, table = 0, scheme = 0;
};

Packed packed(int format, const Folder& folder, const LasChanges& changes = {}) {
  save(folder / "good.las", good(format).bytes());
  write_changed_las(folder / "good.las", folder / "good.laz", changes);
  Packed result;
  result.text = load(folder / "good.laz");
  result.points = number<std::uint32_t>(result.text, 96);
  result.table = static_cast<std::size_t>(number<std::int64_t>(result.text, result.points));
  result.scheme = result.text.find("laszip encoded") + 52;
  return result;
}

TEST(HostileLaz, SchemesAndTablesAreRefusedInOneLineBeforeMemoryIsTaken) {
  const Folder folder;
  const Packed p = packed(1, folder), layered = packed(6, folder);
  const std::string& laz = p.text;
  std::string no_scheme = laz;
  no_scheme[p.scheme - 52] = 'x';
  const Lie lies[] = {
      {"no scheme", no_scheme, "the record of LASzip that says how is missing"},
      {"compressor", with<std::uint16_t>(laz, p.scheme, 9), "names compressor 9"},
      {"coder", with<std::uint16_t>(laz, p.scheme + 2, 1), "coder 1"},
      {"items", with<std::uint16_t>(laz, p.scheme + 32, 9), "do not hold its 9 items"},
      {"no items", with<std::uint16_t>(laz, p.scheme + 32, 0), "do not hold its 0 items"},
      {"type", with<std::uint16_t>(laz, p.scheme + 34, 5), "an item of type 5"},
      {"size", with<std::uint16_t>(laz, p.scheme + 36, 21), "21 bytes and version 2, which does not exist"},
      {"version", with<std::uint16_t>(laz, p.scheme + 38, 77), "version 77, which does not exist"},
      {"twice", with<std::uint16_t>(with<std::uint16_t>(laz, p.scheme + 40, 6), p.scheme + 42, 20),
       "points of 40 bytes"},
      {"other kind", with<std::uint16_t>(laz, p.scheme, 3), "mixes items of two kinds"},
      {"layers as points", with<std::uint16_t>(layered.text, layered.scheme, 2), "mixes items of two kinds"},
      {"format", with<std::uint8_t>(with<std::uint16_t>(layered.text, 105, 30), 104, 0x80),
       "does not fit point format 0"},
      {"table beyond", with<std::int64_t>(laz, p.points, 1 << 30), "table of chunks is said to be at byte 1073741824"},
      {"table negative", with<std::int64_t>(laz, p.points, -2), "table of chunks is said to be at byte -2"},
      {"table in header", with<std::int64_t>(laz, p.points, 8), "table of chunks is said to be at byte 8"},
      {"table version", with<std::uint32_t>(laz, p.table, 1), "table of chunks tells"},
      {"chunk count", with<std::uint32_t>(laz, p.table + 4, 4294967295U), "4294967295 chunks, which cannot be in"},
      {"chunks more", with<std::uint32_t>(laz, p.table + 4, 3), "table of chunks"},
      {"no chunks", with<std::uint32_t>(laz, p.table + 4, 0), "the header says 40 points, but its chunks hold 0"},
      {"table overflow", with<std::uint32_t>(laz, p.table + 8, 0xFFFFFFFF), "table of chunks is damaged"},
      {"count", with<std::uint64_t>(laz, 247, 50001), "the header says 50001 points"},
      {"count of 2^60", with<std::uint64_t>(laz, 247, 1ULL << 60), "points"},
      {"count of 2^31", with<std::uint64_t>(laz, 247, (1ULL << 31) - 1), "which cannot be in"},
      {"first stream", with<std::uint32_t>(laz, p.points + 8 + 28, 0xFFFFFFFF), "damaged in chunk 1 of 1"},
      {"layer count", with<std::uint32_t>(layered.text, layered.points + 8 + 30, 41), "damaged in chunk 1"},
      {"layer size", with<std::uint32_t>(layered.text, layered.points + 8 + 34, 4294967295U), "damaged in chunk 1"},
      {"layer stream", with<std::uint32_t>(layered.text, layered.points + 8 + 34 + 36, 0xFFFFFFFF),
       "damaged in chunk 1"},
  };
  for (const Lie& lie : lies) expect_refused(folder / "hostile.laz", lie);
}

// Points that are damaged may still be points; what matters is that nothing else happens.
TEST(HostileLaz, EveryFlippedByteIsReadOrRefusedInOneLine) {
  const Folder folder;
  std::vector<std::string> warnings;
  for (const int format : {0, 5, 6, 10}) {
    const std::string laz = packed(format, folder).text;
    for (std::size_t at = number<std::uint32_t>(laz, 96) - 60; at < laz.size(); ++at) {
      const int change = at % 3 == 0 ? 0x01 : at % 3 == 1 ? 0x80 : 0xFF;
      std::string text = laz;
      text[at] = static_cast<char>(text[at] ^ change);
      save(folder / "flipped.laz", text);
      largest_allocation = 0;
      const std::string error = error_of([&] { read_cloud_with_warnings(folder / "flipped.laz", warnings, {1, {}}); });
      ASSERT_EQ(error.find('\n'), std::string::npos) << error;
      ASSERT_LT(largest_allocation, std::size_t{8} << 20) << at;
    }
  }
}

}  // namespace
}  // namespace treewalk
