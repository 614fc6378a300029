// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// .ply files as other programs, editors and systems leave them.
#include <algorithm>
#include <cmath>

#include "tests/io/foreign_support.h"

namespace treewalk {
namespace {

const std::string header =
    "ply\nformat ascii 1.0\nelement vertex 2\nproperty float x\nproperty float y\nproperty float z\nend_header\n";
const std::string body = "1 2 3\n4 5 6.5\n";

template <class T>
std::string bytes(T value, bool turned = false) {
  std::string text(reinterpret_cast<const char*>(&value), sizeof value);
  if (turned) std::reverse(text.begin(), text.end());
  return text;
}

class ForeignPly : public ForeignFile {
 protected:
  ForeignPly() : ForeignFile("a.ply") {}
};

TEST_F(ForeignPly, LineEndsAndMarksOfEverySystem) {
  std::string numbers;
  for (const float value : {1.0f, 2.0f, 3.0f, 4.0f, 5.0f, 6.5f}) numbers += bytes(value);
  for (const std::string end : {"\n", "\r\n", "\r", "\n\r"})
    for (const std::string mark : {"", "\xEF\xBB\xBF"}) {
      expect_points(mark + with_ends(header + body, end), "text");
      expect_points(mark + with_ends(changed(header, "ascii", "binary_little_endian"), end) + numbers, "binary");
    }
  EXPECT_EQ(warnings, Names());
  const std::string text =
      with_ends(changed(changed(header, "ascii", "binary_little_endian"), "float x", "uchar x"), "\n");
  for (const char first : {'\n', '\r'})  // a body may begin with what ends lines elsewhere
    EXPECT_EQ(column(read(text + first + numbers.substr(0, 8) + first + numbers.substr(0, 8)), "x"),
              (Doubles{static_cast<double>(first), static_cast<double>(first)}));
  expect_says(error("\xFE\xFF\0p"), {"UTF-16"});
}

TEST_F(ForeignPly, LinesThatAreNoKeysArePassedOverWithAWord) {
  expect_points(changed(header, "element", "Created by hand, source file: \nand more text\nelement") + body, "wrapped");
  ASSERT_EQ(warnings.size(), 2u);
  expect_says(warnings[0], {"line 3", "'Created'", "passed over"});
  expect_points(
      changed(header, "element", "COMMENT x\nobj_info num_cols unknown\nobj_info num_rows 1.5\nelement") + body,
      "free text");
  EXPECT_EQ(warnings, Names());
  expect_says(error(changed(header, "property float y", "proprety float y") + body), {"line 5", "'proprety'"});
}

TEST_F(ForeignPly, ValuesMayStandOnAnyLineWhereTheyFit) {
  expect_points(header + "1 2 3 4 5 6.5\n", "one line");
  expect_points(header + "1\n2\n3\n4\n5\n6.5\n", "one value a line");
  expect_points(header + "1 2\n3 4 5 6.5\n", "anyhow");
  const std::string faces = changed(header, "end_header", "element face 2\nproperty list uchar int i\nend_header");
  expect_points(faces + "1 2 3 4 5 6.5\n3 0 1 0\n3 1 0 1\n", "the lines of faces are no vertices");
  const std::string before =
      changed(header, "element vertex", "element face 2\nproperty list uchar int i\nelement vertex");
  expect_points(before + "3 0 1 0 3 1 0 1 1 2 3\n4 5 6.5", "faces before");
  expect_says(error(header + "1 2 3 4 50\n"), {"ends after 1 of 2 points"});
  expect_says(error(header + "1 2 3 4 5 6.5 7\n"), {"ends after 1 of 2 points"});
}

TEST_F(ForeignPly, ValuesBeyondThePropertiesArePassedOverWhereEveryLineHasThem) {
  expect_points(header + "1 2 3 255 255\n4 5 6.5 255 0\n", "more values");
  ASSERT_EQ(warnings.size(), 1u);
  expect_says(warnings[0], {"2 more values"});
  expect_says(error(header + "1 2 3 9\n4 5 6.5\n"), {"point 1", "too many values"});
}

TEST_F(ForeignPly, ListsOfAVertexAreLeftOutWithAWord) {
  const std::string lists =
      changed(changed(header, "property float y", "property list uchar uint views\nproperty float y"), "end_header",
              "property list int double weights\nproperty uchar last\nend_header");
  expect_points(lists + "1 2 7 8 2 3 0 9\n4 0 5 6.5 1 0.5 8\n", "text", {"last"});
  ASSERT_EQ(warnings.size(), 2u);
  expect_says(warnings[0], {"'views'", "a list", "left out"});
  for (const bool big : {false, true}) {
    std::string text = changed(lists, "ascii", big ? "binary_big_endian" : "binary_little_endian");
    text += bytes(1.0f, big) + bytes<std::uint8_t>(2) + bytes(7u, big) + bytes(8u, big) + bytes(2.0f, big) +
            bytes(3.0f, big) + bytes(0, big) + bytes<std::uint8_t>(9);
    text += bytes(4.0f, big) + bytes<std::uint8_t>(0) + bytes(5.0f, big) + bytes(6.5f, big) + bytes(1, big) +
            bytes(0.5, big) + bytes<std::uint8_t>(8);
    expect_points(text, "binary", {"last"});
    EXPECT_EQ(column(read(text), "last"), (Doubles{9, 8}));
    expect_says(error(text.substr(0, text.size() - 1)), {"early"});
  }
  expect_says(error(changed(header, "float z", "list uchar float z") + body), {"'z' is a list"});
}

TEST_F(ForeignPly, EveryNameOfATypeAndItsWidth) {
  const std::pair<const char*, std::string> types[] = {
      {"bool", bytes<std::uint8_t>(1)},  {"int64", bytes<std::int64_t>(1)}, {"uint64", bytes<std::uint64_t>(1)},
      {"Int32", bytes<std::int32_t>(1)}, {"FLOAT", bytes<float>(1)},        {"uint16_t", bytes<std::uint16_t>(1)}};
  for (const auto& [type, one] : types) {
    const std::string text = changed(changed(header, "vertex 2", "vertex 1"), "end_header",
                                     std::string("property ") + type + " a\nproperty uchar b\nend_header");
    EXPECT_EQ(column(read(text + "1 2 3 1 7\n"), "a"), Doubles{1}) << type;
    const Cloud cloud = read(changed(text, "ascii", "binary_little_endian") + std::string(12, '\0') + one + "\7");
    EXPECT_EQ(column(cloud, "a"), Doubles{1}) << type;
    EXPECT_EQ(column(cloud, "b"), Doubles{7}) << type;
  }
  const std::string text = changed(header, "float z", "bool z");
  EXPECT_EQ(column(read(text + "1 2 True\n4 5 false\n"), "z"), (Doubles{1, 0}));
}

TEST_F(ForeignPly, IntegersOf64BitsAreWrittenAsATypeThatReadersKnow) {
  const std::string text = changed(header, "float z", "int64 z");
  const auto again = [&](const std::string& a, const std::string& b) {
    write_cloud(folder / "b.ply", read(text + "1 2 " + a + "\n4 5 " + b + "\n"));
    return read_cloud(folder / "b.ply");
  };
  for (const auto& [a, b, type] : {std::tuple{"-5", "2147483647", Scalar::int32},
                                   {"0", "4294967295", Scalar::uint32},
                                   {"-1", "4294967295", Scalar::float64},
                                   {"0", "9007199254740992", Scalar::float64}}) {
    const Cloud cloud = again(a, b);
    EXPECT_EQ(cloud.view().at("z").type, type) << b;
    EXPECT_EQ(column(cloud, "z"), (Doubles{std::stod(a), std::stod(b)})) << b;
  }
  expect_says(error_of([&] { again("0", "9007199254740993"); }), {"'z'", "64-bit", ".pcd"});
}

TEST_F(ForeignPly, LabelsAreWrittenAsInt) {
  Cloud cloud = read(header + body);
  cloud.set_field("label", std::vector<std::uint32_t>{3, 2147483647});
  cloud.set_field("other", std::vector<std::uint32_t>{3, 4});
  write_cloud(folder / "b.ply", cloud);
  EXPECT_NE(load(folder / "b.ply").find("\nproperty int label\nproperty uint other\n"), std::string::npos);
  EXPECT_EQ(column(read_cloud(folder / "b.ply"), "label"), (Doubles{3, 2147483647}));
  cloud.set_field("label", std::vector<std::uint32_t>{3, 4294967295u});
  write_cloud(folder / "b.ply", cloud);
  EXPECT_EQ(column(read_cloud(folder / "b.ply"), "label"), (Doubles{3, 4294967295.0}));
}

TEST_F(ForeignPly, NamesThatAreGivenTwice) {
  const std::string gaps = changed(changed(header, "property float y", "property char gap\nproperty float y"),
                                   "property float z", "property char gap\nproperty float z");
  const Cloud cloud = read(gaps + "1 9 2 8 3\n4 9 5 8 6.5\n");
  EXPECT_EQ(fields(cloud), (Names{"x", "gap", "y", "gap_2", "z"}));
  EXPECT_EQ(column(cloud, "gap"), (Doubles{9, 9}));
  EXPECT_EQ(column(cloud, "gap_2"), (Doubles{8, 8}));
  EXPECT_EQ(column(cloud, "z"), (Doubles{3, 6.5}));
  expect_says(error(changed(header, "float y", "float x") + body), {"two properties 'x'"});
}

TEST_F(ForeignPly, ColoursOfEveryName) {
  for (const Names& names :
       {Names{"red", "green", "blue"}, {"diffuse_red", "diffuse_green", "diffuse_blue"}, {"r", "g", "b"}}) {
    std::string properties;
    for (const std::string& name : names) properties += "property uchar " + name + "\n";
    const Cloud cloud = read(changed(header, "end_header", properties + "end_header") + "1 2 3 1 2 3\n4 5 6.5 4 5 6\n");
    EXPECT_EQ(fields(cloud), (Names{"x", "y", "z", "rgb"}));
    std::uint32_t packed = 0;
    std::memcpy(&packed, cloud.data.data() + cloud.stride + cloud.view().at("rgb").offset, 4);
    EXPECT_EQ(packed, 0x040506u);
  }
}

}  // namespace
}  // namespace treewalk
