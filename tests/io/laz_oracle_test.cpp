// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// LASzip's own reader and writer of files beside treewalk's, of which only the coder of points is shared.
#include <laszip_api.h>

#include "tests/io/las_support.h"

namespace treewalk {
namespace {

/// A point as LASzip tells it, in the bytes of a record.
std::string record_of(const laszip_point_struct& p, int format, std::size_t extra) {
  std::string r(las_record_bytes[format] + extra, '\0');
  set(r, 0, p.X);
  set(r, 4, p.Y);
  set(r, 8, p.Z);
  set(r, 12, p.intensity);
  std::size_t at = 20;
  if (format < 6) {
    r[14] = static_cast<char>(p.return_number | p.number_of_returns << 3 | p.scan_direction_flag << 6 |
                              p.edge_of_flight_line << 7);
    r[15] = static_cast<char>(p.classification | p.synthetic_flag << 5 | p.keypoint_flag << 6 | p.withheld_flag << 7);
    r[16] = static_cast<char>(p.scan_angle_rank);
    r[17] = static_cast<char>(p.user_data);
    set(r, 18, p.point_source_ID);
  } else {
    r[14] = static_cast<char>(p.extended_return_number | p.extended_number_of_returns << 4);
    r[15] = static_cast<char>(p.extended_classification_flags | p.extended_scanner_channel << 4 |
                              p.scan_direction_flag << 6 | p.edge_of_flight_line << 7);
    r[16] = static_cast<char>(p.extended_classification);
    r[17] = static_cast<char>(p.user_data);
    set(r, 18, p.extended_scan_angle);
    set(r, 20, p.point_source_ID);
    at = 22;
  }
  if (format == 1 || format >= 3) {
    set(r, at, p.gps_time);
    at += 8;
  }
  const int colours = format == 8 || format == 10                                ? 4
                      : format == 2 || format == 3 || format == 5 || format == 7 ? 3
                                                                                 : 0;
  for (int i = 0; i < colours; ++i, at += 2) set(r, at, p.rgb[i]);
  if (format == 4 || format == 5 || format >= 9) {
    r.replace(at, 29, reinterpret_cast<const char*>(p.wave_packet), 29);
    at += 29;
  }
  r.replace(at, extra, reinterpret_cast<const char*>(p.extra_bytes), extra);
  return r;
}

/// All records of a file by LASzip's reader.
std::vector<std::string> by_laszip(const std::filesystem::path& file, int format, std::size_t extra) {
  laszip_POINTER reader = nullptr;
  laszip_BOOL compressed = 0;
  EXPECT_EQ(laszip_create(&reader), 0);
  EXPECT_EQ(laszip_open_reader(reader, file.c_str(), &compressed), 0);
  laszip_header_struct* header = nullptr;
  laszip_point_struct* point = nullptr;
  laszip_get_header_pointer(reader, &header);
  laszip_get_point_pointer(reader, &point);
  const std::uint64_t count =
      header->number_of_point_records != 0 ? header->number_of_point_records : header->extended_number_of_point_records;
  std::vector<std::string> records;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (laszip_read_point(reader) != 0) {
      ADD_FAILURE() << "LASzip cannot read point " << i;
      break;
    }
    records.push_back(record_of(*point, format, extra));
  }
  laszip_close_reader(reader);
  laszip_destroy(reader);
  return records;
}

TEST(LazOracle, LaszipReadsTheSamePointsFromWhatIsWritten) {
  const Folder folder;
  for (int format = 0; format <= 10; ++format)
    for (const std::size_t count : {1, 2, 700, 60003}) {
      if (count > 1000 && format != 1 && format != 7) continue;
      LasParts parts;
      parts.minor = 4;
      parts.format = format;
      parts.extra = 3;
      parts.records = las_records(format, 3, count, 5);
      parts.legacy_counts = format < 6;
      save(folder / "in.las", parts.bytes());
      write_changed_las(folder / "in.las", folder / "out.laz", {});
      const auto records = by_laszip(folder / "out.laz", format, 3);
      ASSERT_EQ(records.size(), count) << format;
      for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(records[i], parts.records[i]) << format << " point " << i;
    }
}

TEST(LazOracle, PiecesOfAnyNumberOfPointsAreReadByLaszip) {
  const Folder folder;
  for (const int format : {3, 6}) {
    LasParts parts;
    parts.minor = 4;
    parts.format = format;
    parts.legacy_counts = format < 6;
    parts.records = las_records(format, 0, 70000, 5);
    save(folder / "in.las", parts.bytes());
    std::vector<char> written(parts.records.size());
    std::vector<std::string> kept;
    for (std::size_t i = 0; i < written.size(); ++i) {
      written[i] = i < 50 || (i > 55000 && i % 3 == 0);  // none in some pieces
      if (written[i]) kept.push_back(parts.records[i]);
    }
    LasChanges changes;
    changes.written = &written;
    write_changed_las(folder / "in.las", folder / "out.laz", changes);
    EXPECT_EQ(by_laszip(folder / "out.laz", format, 0), kept);
  }
}

// Files of LASzip's writer: one chunk (LASzip 1), chunks of any size, layers.
TEST(LazOracle, WhatLaszipWritesIsRead) {
  const Folder folder;
  for (const int format : {1, 3, 6, 7})
    for (const unsigned chunk : {0U, 7U, 400U, 50000U}) {
      SCOPED_TRACE(std::to_string(format) + " in chunks of " + std::to_string(chunk));
      LasParts parts;
      parts.minor = 4;
      parts.format = format;
      parts.legacy_counts = format < 6;
      parts.records = las_records(format, 0, 900, 9);
      save(folder / "in.las", parts.bytes());
      laszip_POINTER reader = nullptr, writer = nullptr;
      laszip_BOOL compressed = 0;
      laszip_create(&reader);
      laszip_create(&writer);
      ASSERT_EQ(laszip_open_reader(reader, (folder / "in.las").c_str(), &compressed), 0);
      laszip_header_struct* header = nullptr;
      laszip_point_struct* point = nullptr;
      laszip_get_header_pointer(reader, &header);
      laszip_get_point_pointer(reader, &point);
      laszip_set_header(writer, header);
      if (format >= 6) laszip_request_native_extension(writer, 1);
      ASSERT_TRUE(chunk == 0 || laszip_set_chunk_size(writer, chunk) == 0);
      ASSERT_EQ(laszip_open_writer(writer, (folder / "by_laszip.laz").c_str(), 1), 0);
      for (std::size_t i = 0; i < parts.records.size(); ++i) {
        laszip_read_point(reader);
        laszip_set_point(writer, point);
        ASSERT_EQ(laszip_write_point(writer), 0);
      }
      laszip_close_writer(writer);
      laszip_close_reader(reader);
      laszip_destroy(writer);
      laszip_destroy(reader);
      write_changed_las(folder / "by_laszip.laz", folder / "out.las", {});
      const std::string out = load(folder / "out.las");
      std::string points;
      for (const auto& record : parts.records) points += record;
      EXPECT_TRUE(out.substr(number<std::uint32_t>(out, 96), points.size()) == points);
    }
}

}  // namespace
}  // namespace treewalk
