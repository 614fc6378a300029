// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// .pcd files as other programs, editors and systems leave them, which PCL or Open3D read.
#include <cmath>
#include <limits>

#include "core/io/lzf.h"
#include "tests/io/foreign_support.h"

namespace treewalk {
namespace {

const std::string header =
    "# .PCD v0.7 - Point Cloud Data file format\nVERSION 0.7\nFIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nCOUNT 1 1 1\n"
    "WIDTH 2\nHEIGHT 1\nVIEWPOINT 0 0 0 1 0 0 0\nPOINTS 2\nDATA ascii\n";
const std::string body = "1 2 3\n4 5 6.5\n";

template <class T>
std::string bytes(std::initializer_list<T> values) {
  return {reinterpret_cast<const char*>(values.begin()), values.size() * sizeof(T)};
}

class ForeignPcd : public ForeignFile {
 protected:
  ForeignPcd() : ForeignFile("a.pcd") {}
  /// A cloud of one row, too.
  void expect_points(const std::string& text, const std::string& what) {
    const Cloud cloud = ForeignFile::expect_points(text, what);
    EXPECT_EQ(cloud.width, 2) << what;
    EXPECT_EQ(cloud.height, 1) << what;
  }
};

TEST_F(ForeignPcd, LineEndsAndMarksOfEverySystem) {
  const std::string binary = changed(header, "ascii", "binary") + bytes<float>({1, 2, 3, 4, 5, 6.5f});
  for (const std::string end : {"\n", "\r\n", "\r", "\n\r"})
    for (const std::string mark : {"", "\xEF\xBB\xBF"}) {
      expect_points(mark + with_ends(header + body, end), "text");
      const std::size_t at = binary.find("DATA binary\n") + 12;
      expect_points(mark + with_ends(binary.substr(0, at), end) + binary.substr(at), "binary");
    }
  EXPECT_EQ(warnings, Names());
  expect_says(error("\xFF\xFE#\0 \0"), {"UTF-16", "UTF-8"});
}

TEST_F(ForeignPcd, ABinaryBodyMayBeginWithAnyByte) {
  for (const char first : {'\n', '\r', ' ', '\0'}) {
    const std::string text = changed(changed(header, "ascii", "binary"), "TYPE F F F", "TYPE U U U");
    const std::string value = std::string(1, first) + std::string(3, '\0');
    for (const std::string end : {"\n", "\r\n"}) {
      const Cloud cloud = read(with_ends(text, end) + value + std::string(20, '\1'));
      EXPECT_EQ(column(cloud, "x"), (Doubles{static_cast<double>(first), 0x01010101}));
    }
  }
}

TEST_F(ForeignPcd, HeadersOfEveryVersion) {
  expect_points("# .PCD v.5 - Point Cloud Data file format\nFIELDS x y z\nPOINTS 2\nDATA ascii\n" + body, "0.5");
  expect_points("FIELDS x y z\nPOINTS 2\nDATA binary\n" + bytes<float>({1, 2, 3, 4, 5, 6.5f}), "0.5, binary");
  expect_points("VERSION .6\nCOLUMNS x y z\nSIZE 4 4 4\nTYPE F F F\nWIDTH 2\nPOINTS 2\nDATA ascii\n" + body, "0.6");
  expect_points(changed(header, "HEIGHT 1", "HEIGHT 0") + body, "height 0");
  expect_points(changed(header, "WIDTH 2\nHEIGHT 1", "WIDTH 0\nHEIGHT 0") + body, "sizes 0");
  expect_points(changed(header, "WIDTH 2\n", "") + body, "no width");
  expect_points(changed(header, "WIDTH 2\nHEIGHT 1", "WIDTH 2.0\nHEIGHT 1e0") + body, "real numbers");
  expect_points(changed(changed(header, "FIELDS", "fields"), "DATA ascii", "Data ASCII") + body, "small letters");
  expect_points(changed(header, "TYPE F F F", "TYPE f f f") + body, "type in small letters");
  EXPECT_EQ(warnings, Names());
  const Cloud tall = read(changed(header, "WIDTH 2\nHEIGHT 1", "HEIGHT 2") + body);
  EXPECT_EQ(tall.width, 1);
  EXPECT_EQ(tall.height, 2);
}

TEST_F(ForeignPcd, AViewpointThatNobodyKnowsIsNone) {
  const auto pose = [&](const std::string& numbers) {
    return read(changed(header, "VIEWPOINT 0 0 0 1 0 0 0", "VIEWPOINT " + numbers) + body);
  };
  for (const char* numbers : {"nan nan nan 1 0 0 0", "0 0 inf 1 0 0 0", "nan nan nan nan nan nan nan"}) {
    const Cloud cloud = pose(numbers);
    EXPECT_EQ(cloud.viewpoint, Cloud().viewpoint) << numbers;
    EXPECT_EQ(cloud.orientation, Cloud().orientation) << numbers;
    ASSERT_EQ(warnings.size(), 1u);
    EXPECT_NE(warnings[0].find("VIEWPOINT"), std::string::npos) << warnings[0];
  }
  const Cloud half = pose("1 2 3 nan 0 0 0");
  EXPECT_EQ(half.viewpoint, (std::array<double, 3>{1, 2, 3}));
  EXPECT_EQ(half.orientation, Cloud().orientation);
  EXPECT_EQ(pose("1 2 3 0 1 0 0 9").orientation, (std::array<double, 4>{0, 1, 0, 0})) << "eight numbers";
}

TEST_F(ForeignPcd, UnknownKeysArePassedOverWithAWord) {
  expect_points(changed(header, "POINTS", "FRAME_ID base_link\nstamp 17.5\nPOINTS") + body, "keys of one's own");
  ASSERT_EQ(warnings.size(), 2u);
  expect_says(warnings[0], {"a.pcd: ", "line 10", "'FRAME_ID'", "passed over"});
  expect_says(warnings[1], {"'stamp'"});
}

TEST_F(ForeignPcd, FieldsOfNoValuesAndOfOneName) {
  const std::string more = "FIELDS x y e z\nSIZE 4 4 4 4\nTYPE F F F F\nCOUNT 1 1 0 1\n";
  const std::string none = changed(header, "FIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nCOUNT 1 1 1\n", more);
  expect_points(changed(none, "ascii", "binary") + bytes<float>({1, 2, 3, 4, 5, 6.5f}), "count 0, binary");
  expect_points(none + body, "count 0, text");
  expect_says(error(none + "1 2 9 3\n4 5 9 6.5\n"), {"point 0", "too many values", "COUNT 0"});

  const std::string twice =
      changed(changed(changed(changed(header, "x y z", "x y z i i i_2 _ _"), "4 4 4", "4 4 4 4 4 4 4 4"), "F F F",
                      "F F F F F F F F"),
              "1 1 1\n", "1 1 1 1 1 1 1 1\n");
  const Cloud cloud = read(twice + "1 2 3 4 5 6 7 8\n1 2 3 4 5 6 7 8\n");
  EXPECT_EQ(fields(cloud), (Names{"x", "y", "z", "i", "i_3", "i_2"}));
  EXPECT_EQ(column(cloud, "i"), (Doubles{4, 4}));
  EXPECT_EQ(column(cloud, "i_3"), (Doubles{5, 5}));
  EXPECT_EQ(column(cloud, "i_2"), (Doubles{6, 6}));
  write_cloud(folder / "again.pcd", cloud);
  EXPECT_EQ(fields(read_cloud(folder / "again.pcd")), fields(cloud));
}

TEST_F(ForeignPcd, CapitalCoordinatesArePositions) {
  const Cloud cloud = read(changed(header, "x y z", "X Y Z") + body);
  EXPECT_EQ(fields(cloud), (Names{"X", "Y", "Z"}));
  const CloudView view = cloud.view();
  for (const char* name : {"x", "y", "z"}) EXPECT_NE(view.find(name), nullptr);
  EXPECT_EQ(view.value(1, view.at("z")), 6.5);
  const Cloud both = read(changed(header, "x y z", "X x y") + body);
  EXPECT_EQ(both.view().at("x").name, "x");
}

TEST_F(ForeignPcd, WhatFollowsThePointsIsPassedOverWithAWord) {
  expect_points(header + body + "7 8 9\n", "more lines");
  ASSERT_EQ(warnings.size(), 1u);
  expect_says(warnings[0], {"more lines", "2 points"});
  expect_points(header + "1 2 3 9 9\n4 5 6.5 9\n", "more values");
  ASSERT_EQ(warnings.size(), 1u);
  expect_says(warnings[0], {"2 lines", "more values"});
  expect_points(header + body + std::string(64, '\0'), "zero bytes");
  expect_points(header + "1 2 3\n4 5 6.5" + std::string(9, '\0'), "zero bytes in the last line");
  EXPECT_EQ(warnings, Names());
}

TEST_F(ForeignPcd, ATextThatEndsEarlyIsReadOnlyWhereSomebodyIsTold) {
  const std::string text = changed(changed(header, "WIDTH 2", "WIDTH 3"), "POINTS 2", "POINTS 3");
  const std::string two = "1.000 2.000 3.000\n4.000 5.000 6.500\n";
  expect_points(text + two, "fewer lines");
  ASSERT_EQ(warnings.size(), 1u);
  expect_says(warnings[0], {"ends after 2 of 3 points"});
  expect_says(error(text + two), {"ends after 2 of 3 points", "POINTS"});
  const std::string cut = two.substr(0, two.size() - 1);  // it may have been 6.52
  save(folder / "a.pcd", text + cut);
  expect_says(error_of([&] { read_cloud_with_warnings(folder / "a.pcd", warnings); }), {"ends after 2 of 3"});
}

TEST_F(ForeignPcd, TheFirstPointMayFollowInTheLineOfData) {
  const std::string text = header.substr(0, header.size() - 1);
  expect_points(text + body, "ascii1 2 3");
  expect_points(text + " " + body, "ascii 1 2 3");
  expect_says(error(text + "x 1 2 3\n"), {"DATA"});
  expect_says(error(changed(header, "ascii", "binary 1") + body), {"DATA is 'binary'", "'1' follows"});
}

TEST_F(ForeignPcd, NumbersAsOldWindowsProgramsWriteThem) {
  const Cloud cloud = read(header + "1.#QNAN -1.#IND000 1.#INF\n-1.#INF00 1.#SNAN -nan(ind)\n");
  EXPECT_TRUE(std::isnan(column(cloud, "x")[0]));
  EXPECT_TRUE(std::isnan(column(cloud, "y")[0]));
  EXPECT_EQ(column(cloud, "z")[0], std::numeric_limits<double>::infinity());
  EXPECT_EQ(column(cloud, "x")[1], -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(column(cloud, "y")[1]));
  EXPECT_TRUE(std::isnan(column(cloud, "z")[1]));
  expect_says(error(header + "1.#J 2 3\n4 5 6\n"), {"'1.#J'"});
}

TEST_F(ForeignPcd, ACompressedBodyMayBeStored) {
  if (!has_lzf()) GTEST_SKIP() << "this build reads no compressed files";
  const std::string text = changed(header, "ascii", "binary_compressed");
  const std::string columns = bytes<float>({1, 4, 2, 5, 3, 6.5f});
  expect_points(text + bytes<std::uint32_t>({24, 24}) + columns, "stored");
  expect_says(error(text + bytes<std::uint32_t>({23, 24}) + columns), {"damaged"});
}

}  // namespace
}  // namespace treewalk
