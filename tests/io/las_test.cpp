// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/las.h"

#include <cmath>
#include <limits>
#include <sstream>

#include "tests/io/las_support.h"

namespace treewalk {
namespace {

double value(const Cloud& cloud, const char* field, std::int64_t point = 0, std::size_t element = 0) {
  const CloudView view = cloud.view();
  return view.value(point, view.at(field), element);
}

Cloud read(const Folder& folder, const LasParts& parts) {
  save(folder / "cloud.las", parts.bytes());
  return read_cloud(folder / "cloud.las");
}

/// A record of a format by hand, all fields different.
std::string record_by_hand(int format) {
  std::string r(las_record_bytes[format], '\0');
  set<std::int32_t>(r, 0, -150);
  set<std::int32_t>(r, 4, 2147483647);
  set<std::int32_t>(r, 8, 1234);
  set<std::uint16_t>(r, 12, 65535);
  const bool extended = format >= 6;
  if (extended) {
    r[14] = static_cast<char>(0xA3);  // return 3 of 10
    r[15] = static_cast<char>(0xED);  // overlap, withheld, synthetic; channel 2; scanned backwards; at an edge
    r[16] = static_cast<char>(200);
    r[17] = 17;
    set<std::int16_t>(r, 18, -15000);
    set<std::uint16_t>(r, 20, 4711);
    set(r, 22, 123456.789);
  } else {
    r[14] = static_cast<char>(0x6A);  // return 2 of 5, scanned backwards
    r[15] = static_cast<char>(0xA2);  // withheld, synthetic; class 2
    r[16] = static_cast<char>(-20);
    r[17] = 17;
    set<std::uint16_t>(r, 18, 4711);
  }
  std::size_t at = extended ? 30 : 20;
  if (format == 1 || (format >= 3 && format <= 5)) {
    set(r, at, 123456.789);
    at += 8;
  }
  if (format == 2 || format == 3 || format == 5 || format == 7 || format == 8 || format == 10)
    for (std::size_t i = 0; i < 3; ++i, at += 2) set(r, at, static_cast<std::uint16_t>(0x1234 + 0x2222 * i));
  if (format == 8 || format == 10) {
    set<std::uint16_t>(r, at, 999);
    at += 2;
  }
  if (format == 4 || format == 5 || format >= 9) {
    r[at] = 3;
    set<std::uint64_t>(r, at + 1, 60);
    set<std::uint32_t>(r, at + 9, 256);
    for (std::size_t i = 0; i < 4; ++i) set(r, at + 13 + 4 * i, 0.5F + static_cast<float>(i));
  }
  return r;
}

TEST(Las, EveryDimensionOfEveryFormatIsRead) {
  const Folder folder;
  for (int format = 0; format <= 10; ++format) {
    SCOPED_TRACE(format);
    LasParts parts;
    parts.minor = 4;
    parts.format = format;
    parts.records = {record_by_hand(format)};
    const Cloud cloud = read(folder, parts);
    ASSERT_EQ(cloud.size(), 1);
    EXPECT_EQ(value(cloud, "x"), -150 * 0.01 + 500000);
    EXPECT_EQ(value(cloud, "y"), 2147483647 * 0.01 + 5400000);
    EXPECT_EQ(value(cloud, "z"), 1234 * 0.001 + 100);
    EXPECT_EQ(value(cloud, "intensity"), 65535);
    const bool extended = format >= 6;
    EXPECT_EQ(value(cloud, "return_number"), extended ? 3 : 2);
    EXPECT_EQ(value(cloud, "number_of_returns"), extended ? 10 : 5);
    EXPECT_EQ(value(cloud, "classification"), extended ? 200 : 2);
    EXPECT_EQ(value(cloud, "classification_flags"), extended ? 8 + 4 + 1 : 4 + 1);
    EXPECT_EQ(value(cloud, "scan_direction"), 1);
    EXPECT_EQ(value(cloud, "edge_of_flight_line"), extended ? 1 : 0);
    EXPECT_FLOAT_EQ(static_cast<float>(value(cloud, "scan_angle")), extended ? -90.0F : -20.0F);
    EXPECT_EQ(value(cloud, "user_data"), 17);
    EXPECT_EQ(value(cloud, "point_source_id"), 4711);
    const CloudView view = cloud.view();
    if (extended) {
      EXPECT_EQ(value(cloud, "scanner_channel"), 2);
    }
    const bool timed = extended || format == 1 || format >= 3;
    ASSERT_EQ(view.find("gps_time") != nullptr, timed);
    if (timed) {
      EXPECT_EQ(value(cloud, "gps_time"), 123456.789);
    }
    const bool coloured = format == 2 || format == 3 || format == 5 || format == 7 || format == 8 || format == 10;
    ASSERT_EQ(view.find("rgb") != nullptr, coloured);
    if (coloured) {
      std::uint32_t packed;
      std::memcpy(&packed, cloud.data.data() + view.at("rgb").offset, 4);
      EXPECT_EQ(packed, 0x123456U);
    }
    ASSERT_EQ(view.find("nir") != nullptr, format == 8 || format == 10);
    if (view.find("nir") != nullptr) {
      EXPECT_EQ(value(cloud, "nir"), 999);
    }
    ASSERT_EQ(view.find("wave_packet") != nullptr, format == 4 || format == 5 || format >= 9);
    if (view.find("wave_packet") == nullptr) continue;
    EXPECT_EQ(value(cloud, "wave_packet"), 3);
    EXPECT_EQ(value(cloud, "wave_offset"), 60);
    EXPECT_EQ(value(cloud, "wave_bytes"), 256);
    EXPECT_EQ(value(cloud, "wave_location"), 0.5);
    EXPECT_EQ(value(cloud, "wave_direction", 0, 2), 3.5);
  }
}

TEST(Las, ColoursOfEightBitsAreTakenAsTheyAre) {
  const Folder folder;
  LasParts parts;
  parts.format = 2;
  parts.records = las_records(2, 0, 60000);
  for (std::string& record : parts.records)
    for (std::size_t i = 0; i < 3; ++i) set(record, 20 + 2 * i, static_cast<std::uint16_t>(10 * (i + 1)));
  const auto packed = [&] {
    const Cloud cloud = read(folder, parts);
    std::uint32_t first;
    std::memcpy(&first, cloud.data.data() + cloud.view().at("rgb").offset, 4);
    return first;
  };
  EXPECT_EQ(packed(), 0x0A141EU);
  set<std::uint16_t>(parts.records[59999], 20, 256);  // one that needs more, far behind
  EXPECT_EQ(packed(), 0U);
}

TEST(Las, ExtraDimensionsHaveTheirNamesTypesAndScales) {
  const Folder folder;
  LasParts parts;
  parts.extra = 1 + 2 + 8 + 6 + 3;
  parts.vlrs = {
      las_vlr("LASF_Spec", 4, las_extra("a", 2) + las_extra("height", 4, 8 | 16, 0.01, 5) + las_extra("b", 8)),
      las_vlr("LASF_Spec", 4, las_extra("pair", 14) + las_extra("intensity", 0, 3))};
  std::string record(20, '\0');
  record += static_cast<char>(-7);
  record += std::string(8 + 2, '\0') + std::string(4, '\0') + std::string(2, '\0') + "abc";
  set<std::int16_t>(record, 21, -250);
  set<std::int64_t>(record, 23, -9000000000LL);
  set<std::int16_t>(record, 31, 300);
  set<std::int16_t>(record, 33, -300);
  record.resize(20 + parts.extra);
  record.replace(35, 3, "abc");
  parts.vlrs[1] = las_vlr("LASF_Spec", 4, las_extra("pair", 14) + las_extra("intensity", 0, 5));
  parts.records = {record};
  const Cloud cloud = read(folder, parts);
  EXPECT_EQ(value(cloud, "a"), -7);
  EXPECT_EQ(cloud.view().at("a").type, Scalar::int8);
  EXPECT_DOUBLE_EQ(value(cloud, "height"), -250 * 0.01 + 5);
  EXPECT_EQ(value(cloud, "b"), -9000000000.0);
  EXPECT_EQ(cloud.view().at("b").type, Scalar::int64);
  EXPECT_EQ(cloud.view().at("pair").count, 2U);
  EXPECT_EQ(value(cloud, "pair", 0, 1), -300);
  EXPECT_EQ(cloud.view().at("intensity").type, Scalar::uint16);  // the format's own
  EXPECT_EQ(value(cloud, "intensity_2", 0, 1), 'b');
  EXPECT_EQ(las_info(folder / "cloud.las").extra, (std::vector<std::string>{"a", "height", "b", "pair", "intensity"}));
}

TEST(Las, DescriptionsBeyondTheRecordsAreToldAndPassedOver) {
  const Folder folder;
  LasParts parts;
  parts.extra = 2;
  parts.vlrs = {las_vlr("LASF_Spec", 4, las_extra("a", 3) + las_extra("b", 10))};
  parts.records = las_records(0, 2, 3);
  save(folder / "cloud.las", parts.bytes());
  std::vector<std::string> warnings;
  const Cloud cloud = read_cloud_with_warnings(folder / "cloud.las", warnings);
  EXPECT_NE(cloud.view().find("a"), nullptr);
  EXPECT_EQ(cloud.view().find("b"), nullptr);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_NE(warnings[0].find("more extra bytes than the 2"), std::string::npos) << warnings[0];
}

TEST(Las, ContentDecidesAndPipesAreRead) {
  const Folder folder;
  LasParts parts;
  parts.records = las_records(0, 0, 3);
  save(folder / "cloud.ply", parts.bytes());
  EXPECT_TRUE(is_las(folder / "cloud.ply"));
  EXPECT_FALSE(is_las_name(folder / "cloud.ply"));
  EXPECT_TRUE(is_las_name("A.LAZ"));
  EXPECT_EQ(read_cloud(folder / "cloud.ply").size(), 3);
  const CloudSize size = cloud_size(folder / "cloud.ply");
  EXPECT_EQ(size.points, 3);
  EXPECT_EQ(size.stride, read_cloud(folder / "cloud.ply").stride);
}

TEST(Las, BoundsAreWhatTheHeaderSaysOfAFileThatIsDamagedToo) {
  const Folder folder;
  const double bounds[6] = {3, 1, 5e6, 4e6, 9, -2};  // greatest and least x, y and z
  LasParts parts;
  parts.records = las_records(0, 0, 3);
  auto bytes = parts.bytes();
  std::memcpy(&bytes[179], bounds, sizeof bounds);
  const auto found = [&](const std::string& content) {
    save(folder / "cloud.las", content);
    return las_bounds(folder / "cloud.las");
  };
  for (const std::size_t size : {bytes.size(), bytes.size() - 1, std::size_t{227}}) {
    const auto here = found(bytes.substr(0, size));
    ASSERT_TRUE(here.has_value()) << size;
    EXPECT_EQ(here->least, (std::array<double, 3>{1, 4e6, -2}));
    EXPECT_EQ(here->greatest, (std::array<double, 3>{3, 5e6, 9}));
  }
  EXPECT_FALSE(found(bytes.substr(0, 226)).has_value());
  EXPECT_FALSE(found("LASF").has_value());
  EXPECT_FALSE(found(bytes.substr(1)).has_value());
  EXPECT_FALSE(las_bounds(folder / "none.las").has_value());
  for (const double wrong : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(), 0.5}) {
    std::memcpy(&bytes[179], &wrong, sizeof wrong);
    EXPECT_FALSE(found(bytes).has_value()) << wrong;
  }
}

TEST(Las, InformationIsWhatTheFileSays) {
  const Folder folder;
  LasParts parts;
  parts.minor = 4;
  parts.format = 6;
  parts.legacy_counts = false;
  std::string keys(8, '\0'), doubles(16, '\0');
  set<std::uint16_t>(keys, 2, 3);
  set(doubles, 8, 2.5);
  parts.vlrs = {las_vlr("LASF_Projection", 34735, keys), las_vlr("LASF_Projection", 34736, doubles),
                las_vlr("LASF_Projection", 34737, std::string("text|\0rubbish", 13)),
                las_vlr("LASF_Projection", 2112, std::string("PROJCS[]\0", 9))};
  parts.records = las_records(6, 0, 2);
  save(folder / "cloud.las", parts.bytes());
  const LasInfo info = las_info(folder / "cloud.las");
  EXPECT_EQ(info.version, "1.4");
  EXPECT_EQ(info.point_format, 6);
  EXPECT_FALSE(info.compressed);
  EXPECT_EQ(info.points, 2);
  EXPECT_EQ(info.record, 30U);
  EXPECT_EQ(info.scale[2], 0.001);
  EXPECT_EQ(info.offset[1], 5400000);
  EXPECT_EQ(info.geo_keys, (std::vector<std::uint16_t>{0, 3, 0, 0}));
  EXPECT_EQ(info.geo_doubles, (std::vector<double>{0, 2.5}));
  EXPECT_EQ(info.geo_ascii, "text|");
  EXPECT_EQ(info.wkt, "PROJCS[]");
}

Cloud small_cloud(const std::vector<std::string>& fields, const std::vector<std::vector<double>>& rows) {
  Cloud cloud;
  for (const std::string& name : fields) {
    cloud.fields.push_back({name, cloud.stride, Scalar::float64, 1});
    cloud.stride += 8;
  }
  cloud.width = static_cast<std::int64_t>(rows.size());
  for (const auto& row : rows)
    for (const double number : row) {
      const auto* bytes = reinterpret_cast<const std::byte*>(&number);
      cloud.data.insert(cloud.data.end(), bytes, bytes + 8);
    }
  return cloud;
}

TEST(LasOfCloud, FieldsTakeThePlacesThatTheFormatHas) {
  const Folder folder;
  Cloud cloud = small_cloud(
      {"x", "y", "z", "intensity", "label", "classification", "return_number", "scan_angle", "gps_time", "score"},
      {{1000.1234, -5, 3, 700, 6, 2, 3, -15.006, 1.5, 0.25}, {1030, 20, 4, 65535, 200, 1, 15, 90, 2.5, -1e300}});
  cloud.set_field("confidence", std::vector<float>{0.5F, 1.0F});
  write_cloud(folder / "out.las", cloud);
  const Cloud read = read_cloud(folder / "out.las");
  EXPECT_EQ(las_info(folder / "out.las").point_format, 6);
  EXPECT_NEAR(value(read, "x"), 1000.1234, 0.0005);
  EXPECT_EQ(value(read, "y", 1), 20);
  EXPECT_EQ(value(read, "intensity", 1), 65535);
  EXPECT_EQ(value(read, "classification", 0), 6);
  EXPECT_EQ(value(read, "classification", 1), 200);
  EXPECT_EQ(value(read, "classification_input", 0), 2);
  EXPECT_EQ(value(read, "return_number", 1), 15);
  EXPECT_NEAR(value(read, "scan_angle"), -15.006, 0.003);
  EXPECT_EQ(value(read, "gps_time", 1), 2.5);
  EXPECT_EQ(value(read, "score", 1), -1e300);
  EXPECT_NEAR(value(read, "confidence", 0), 0.5, 0.002);
  EXPECT_EQ(read.view().at("classification").type, Scalar::uint8);
  // Bounds and counts are those of the points.
  const std::string bytes = load(folder / "out.las");
  EXPECT_EQ(number<std::uint64_t>(bytes, 247), 2U);
  EXPECT_EQ(number<double>(bytes, 179), 1030);
  EXPECT_EQ(number<double>(bytes, 203), -5);
}

TEST(LasOfCloud, ValuesThatDoNotFitBecomeDimensionsOfTheirOwn) {
  const Folder folder;
  write_cloud(folder / "out.las", small_cloud({"x", "y", "z", "intensity", "return_number", "label"},
                                              {{0, 0, 0, 0.5, 16, 256}, {1, 1, 1, 0.25, -1, 3}}));
  const Cloud read = read_cloud(folder / "out.las");
  EXPECT_EQ(value(read, "intensity"), 0);
  EXPECT_EQ(value(read, "intensity_2"), 0.5);
  EXPECT_EQ(value(read, "return_number_2", 1), -1);
  EXPECT_EQ(value(read, "label"), 256);
}

TEST(LasOfCloud, StepsAreAsFineAsTheCloudNeeds) {
  const Folder folder;
  for (const double size : {0.02, 3.0, 500.0, 4e9}) {
    write_cloud(folder / "out.las", small_cloud({"x", "y", "z"}, {{7, 0, 0}, {7 + size, 0, size / 3}}));
    const Cloud read = read_cloud(folder / "out.las");
    EXPECT_NEAR(value(read, "x", 1) - 7, size, std::max(size * 1e-5, 1e-9) + (size == 500 ? 0.0005 : 0)) << size;
  }
}

TEST(LasOfCloud, WhatLasCannotHoldIsRefused) {
  const Folder folder;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::string error = error_of([&] {
    write_cloud(folder / "out.las", small_cloud({"x", "y", "z"}, {{0, 0, 0}, {0, nan, 0}}));
  });
  EXPECT_NE(error.find("1 of its points have no finite y"), std::string::npos) << error;
  EXPECT_EQ(folder.files(), 0U);
}

TEST(LasOfCloud, AnEmptyCloudIsAFileWithoutPoints) {
  const Folder folder;
  write_cloud(folder / "out.las", small_cloud({"x", "y", "z"}, {}));
  EXPECT_EQ(read_cloud(folder / "out.las").size(), 0);
  if (!knows_laz()) return;
  write_cloud(folder / "out.laz", small_cloud({"x", "y", "z"}, {}));
  EXPECT_EQ(read_cloud(folder / "out.laz").size(), 0);
}

TEST(LasOfCloud, WhatWasReadIsWrittenAndReadAgain) {
  const Folder folder;
  for (const int format : {6, 7, 8}) {
    LasParts parts;
    parts.minor = 4;
    parts.format = format;
    parts.legacy_counts = false;
    parts.records = las_records(format, 0, 3000);
    const Cloud cloud = read(folder, parts);
    for (const std::string name : {"again.las", "again.laz"}) {
      if (name == "again.laz" && !knows_laz()) continue;
      write_cloud(folder / name, cloud);
      const Cloud again = read_cloud(folder / name);
      ASSERT_EQ(again.size(), 3000);
      ASSERT_EQ(again.fields.size(), cloud.fields.size());
      for (const Field& field : cloud.fields) {
        if (field.name == "rgb") continue;
        for (std::int64_t i = 0; i < 3000; ++i) {
          const bool place = field.name == "x" || field.name == "y" || field.name == "z";
          const double a = cloud.view().value(i, field), b = again.view().value(i, again.view().at(field.name));
          ASSERT_TRUE(place ? std::abs(a - b) < 0.00051 : a == b || std::isnan(a)) << field.name << " of " << i;
        }
      }
    }
  }
}

TEST(Laz, SaysSoWhereItWasNotBuilt) {
  if (knows_laz()) GTEST_SKIP();
  const Folder folder;
  LasParts parts;
  parts.records = las_records(0, 0, 3);
  std::string bytes = parts.bytes();
  bytes[104] = static_cast<char>(0x80);
  save(folder / "in.laz", bytes);
  EXPECT_NE(error_of([&] { read_cloud(folder / "in.laz"); }).find("made without LASzip"), std::string::npos);
  save(folder / "in.las", parts.bytes());
  EXPECT_NE(refusal(folder / "in.las", folder / "out.laz").find("made without LASzip"), std::string::npos);
}

}  // namespace
}  // namespace treewalk
