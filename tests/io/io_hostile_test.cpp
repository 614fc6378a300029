// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Files that lie. Every one of them gives an Error of one line, and memory that its own size justifies.
#include <sys/resource.h>

#include "core/io/lzf.h"
#include "tests/support/hostile_files.h"

namespace treewalk {
namespace {

std::string pcd(const std::string& change, const std::string& by, const std::string& body = "1 2 3\n4 5 6\n") {
  std::string text =
      "# .PCD v0.7\nVERSION 0.7\nFIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nCOUNT 1 1 1\nWIDTH 2\nHEIGHT 1\n"
      "VIEWPOINT 0 0 0 1 0 0 0\nPOINTS 2\nDATA ascii\n";
  const std::size_t at = text.find(change);
  EXPECT_NE(at, std::string::npos) << change;
  return text.replace(at, change.size(), by) + body;
}

std::string ply(const std::string& change, const std::string& by, const std::string& body = "1 2 3\n4 5 6\n") {
  std::string text =
      "ply\nformat ascii 1.0\nelement vertex 2\nproperty float x\nproperty float y\nproperty float z\nend_header\n";
  const std::size_t at = text.find(change);
  EXPECT_NE(at, std::string::npos) << change;
  return text.replace(at, change.size(), by) + body;
}

std::string compressed(std::uint32_t packed, std::uint32_t plain, const std::string& body) {
  const std::uint32_t sizes[] = {packed, plain};
  return pcd("DATA ascii", "DATA binary_compressed", std::string(reinterpret_cast<const char*>(sizes), 8) + body);
}

TEST(HostilePcd, IsRefusedInOneLineBeforeMemoryIsTaken) {
  const Folder folder;
  const std::string big = "18446744073709551615", bigger = "99999999999999999999999";
  const Lie lies[] = {
      {"empty", "", "empty"},
      {"no header", "hello\n", "no key"},
      {"bytes", std::string("\0\xff\x80\n", 4), "no key"},
      {"fields twice", pcd("SIZE", "FIELDS a b c d e f\nSIZE"), "FIELDS twice, in lines 3 and 4"},
      {"fields and columns", pcd("SIZE", "COLUMNS a b c\nSIZE"), "FIELDS twice"},
      {"data twice", pcd("TYPE", "DATA ascii\nTYPE"), "no TYPE"},
      {"name twice", pcd("x y z", "x y x"), "'x' twice"},
      {"no fields", pcd("FIELDS x y z\n", ""), "no FIELDS"},
      {"empty fields", pcd("FIELDS x y z", "FIELDS"), "no field"},
      {"only padding", pcd("FIELDS x y z", "FIELDS _ _ _"), "only padding"},
      {"no size", pcd("SIZE 4 4 4\n", ""), "no SIZE"},
      {"no type", pcd("TYPE F F F\n", ""), "no TYPE"},
      {"no data", pcd("DATA ascii\n", "", ""), "no DATA"},
      {"no width", pcd("WIDTH 2\nHEIGHT 1\nVIEWPOINT 0 0 0 1 0 0 0\nPOINTS 2\n", ""), "neither WIDTH nor POINTS"},
      {"short size", pcd("SIZE 4 4 4", "SIZE 4 4"), "SIZE has 2"},
      {"long type", pcd("TYPE F F F", "TYPE F F F F"), "TYPE has 4"},
      {"short count", pcd("COUNT 1 1 1", "COUNT 1"), "COUNT has 1"},
      {"size 3", pcd("SIZE 4 4 4", "SIZE 4 3 4"), "'y' has TYPE 'F' and SIZE '3'"},
      {"size 0", pcd("SIZE 4 4 4", "SIZE 0 4 4"), "do not exist together"},
      {"size -4", pcd("SIZE 4 4 4", "SIZE -4 4 4"), "'-4', not a whole number"},
      {"type Q", pcd("TYPE F F F", "TYPE F Q F"), "'Q'"},
      {"type long", pcd("TYPE F F F", "TYPE FF F F"), "'FF'"},
      {"count 0", pcd("COUNT 1 1 1", "COUNT 0 1 1"), "COUNT 0"},
      {"count absurd", pcd("COUNT 1 1 1", "COUNT 1 2000000000 1"), "COUNT 2000000000"},
      {"count huge", pcd("COUNT 1 1 1", "COUNT 1 1 " + big), "makes a point larger"},
      {"count word", pcd("COUNT 1 1 1", "COUNT 1 one 1"), "'one'"},
      {"width huge", pcd("WIDTH 2", "WIDTH 4000000000"), "more than the"},
      {"width overflows", pcd("WIDTH 2", "WIDTH " + bigger), "of a possible size"},
      {"width negative", pcd("WIDTH 2", "WIDTH -2"), "'-2'"},
      {"width real", pcd("WIDTH 2", "WIDTH 2.5"), "'2.5'"},
      {"width word", pcd("WIDTH 2", "WIDTH two"), "'two'"},
      {"width two", pcd("WIDTH 2", "WIDTH 2 2"), "one number"},
      {"product overflows", pcd("WIDTH 2\nHEIGHT 1", "WIDTH 4294967297\nHEIGHT 4294967296"), "more than the"},
      {"product differs", pcd("POINTS 2", "POINTS 3"), "not POINTS 3"},
      {"points huge", pcd("POINTS 2", "POINTS " + big), "not POINTS"},
      {"all huge",
       pcd("WIDTH 2\nHEIGHT 1\nVIEWPOINT 0 0 0 1 0 0 0\nPOINTS 2", "WIDTH 2000000000\nHEIGHT 1\nPOINTS 2000000000"),
       "only 12 bytes follow"},
      {"viewpoint short", pcd("VIEWPOINT 0 0 0 1 0 0 0", "VIEWPOINT 0 0 0"), "seven numbers"},
      {"viewpoint word", pcd("VIEWPOINT 0", "VIEWPOINT here"), "'here', which is no number"},
      {"data unknown", pcd("DATA ascii", "DATA zip"), "'zip'"},
      {"ascii truncated", pcd("WIDTH", "WIDTH", "1 2 3   \n4 5"), "ends before its field 'z'"},
      {"ascii short line", pcd("WIDTH", "WIDTH", "1 2\n3 4 5 6\n"), "point 0 ends before"},
      {"ascii long line", pcd("WIDTH", "WIDTH", "1 2 3 4\n5 6\n"), "too many values"},
      {"ascii too few lines", pcd("WIDTH", "WIDTH", "1 2 3                 \n\n"), "after 1 of 2"},
      {"ascii word", pcd("WIDTH", "WIDTH", "1 2 3\n1 two 3\n"), "'two' at point 1"},
      {"long name", pcd("x y z", "x y " + std::string(100000, 'z'), "1 2 3\n1 2 z\n"), "'z' at point 1"},
      {"ascii out of range", pcd("SIZE 4 4 4\nTYPE F F F", "SIZE 4 4 1\nTYPE F F U", "1 2 3\n1 2 256\n"), "'256'"},
      {"ascii negative", pcd("SIZE 4 4 4\nTYPE F F F", "SIZE 4 4 1\nTYPE F F U", "1 2 3\n1 2 -1\n"), "'-1'"},
      {"binary truncated", pcd("DATA ascii", "DATA binary", std::string(23, 'x')), "only 23 bytes follow"},
      {"compressed bomb",
       pcd("WIDTH 2\nHEIGHT 1\nVIEWPOINT 0 0 0 1 0 0 0\nPOINTS 2\nDATA ascii",
           "WIDTH 1000000000\nDATA binary_compressed"),
       "bytes follow"},
  };
  for (const Lie& lie : lies) expect_refused(folder / "hostile.pcd", lie);
}

TEST(HostilePcd, CompressedPointsAreRefusedInOneLineBeforeMemoryIsTaken) {
  const Folder folder;
  const Lie lies[] = {
      {"compressed header cut", pcd("DATA ascii", "DATA binary_compressed", "abcd"), "ends 4 bytes early"},
      {"compressed truncated", compressed(20, 24, std::string(19, 'x')), "only 19 bytes are left"},
      {"compressed huge", compressed(4000000000u, 24, "abc"), "only 3 bytes are left"},
      {"compressed other size", compressed(3, 4000000000u, "abc"), "header promises 24"},
      {"compressed damaged", compressed(3, 24, "\xff\xff\xff"), "damaged"},
      {"compressed beyond its format",
       pcd("WIDTH 2\nHEIGHT 1\nVIEWPOINT 0 0 0 1 0 0 0\nPOINTS 2\nDATA ascii", "WIDTH 2000\nDATA binary_compressed",
           std::string("\x03\0\0\0\xc0\x5d\0\0", 8) + std::string(400, 'x')),
       "3 compressed bytes cannot hold 24000 bytes"},
  };
  for (Lie lie : lies) {
    if (!has_lzf()) lie.says = "this build reads no compressed .pcd";
    expect_refused(folder / "hostile.pcd", lie);
  }
}

TEST(HostilePly, IsRefusedInOneLineBeforeMemoryIsTaken) {
  const Folder folder;
  const Lie lies[] = {
      {"empty", "", "empty"},
      {"no header", "hello\n", "'ply'"},
      {"no end", ply("end_header\n", "", ""), "no end_header"},
      {"no format", ply("format ascii 1.0\n", ""), "no format"},
      {"format twice", ply("element", "format ascii 1.0\nelement"), "second time"},
      {"format unknown", ply("ascii", "text"), "'text'"},
      {"version", ply("1.0", "2.0"), "'2.0'"},
      {"no vertex", ply("vertex", "point"), "no element 'vertex'"},
      {"vertex twice", ply("end_header", "element vertex 1\nend_header"), "second time"},
      {"no properties", ply("property float x\nproperty float y\nproperty float z\n", ""), "no properties"},
      {"property first", ply("element", "property int a\nelement"), "before any element"},
      {"property twice", ply("float y", "float x"), "two properties 'x'"},
      {"property list", ply("float z", "list uchar float z"), "is a list"},
      {"property type", ply("float z", "quad z"), "'quad'"},
      {"property nameless", ply("float z", "float"), "one name"},
      {"list of real length", ply("end_header", "element face 1\nproperty list float int i\nend_header"),
       "list's length"},
      {"count huge", ply("vertex 2", "vertex 2000000000"), "only 12 bytes follow"},
      {"count larger", ply("vertex 2", "vertex 4000000000"), "more than the"},
      {"count overflows", ply("vertex 2", "vertex 99999999999999999999999"), "possible size"},
      {"count negative", ply("vertex 2", "vertex -2"), "'-2'"},
      {"count missing", ply("vertex 2", "vertex"), "''"},
      {"count word", ply("vertex 2", "vertex two"), "'two'"},
      {"other element huge",
       ply("end_header", "element face 18446744073709551615\nproperty list uchar int i\nend_header"), "'face'"},
      {"grid", ply("element", "obj_info num_cols 9999999999\nelement"), "num_cols"},
      {"unknown key", ply("element", "elephant"), "'elephant'"},
      {"binary truncated", ply("ascii", "binary_little_endian", std::string(23, 'x')), "only 23 bytes follow"},
      {"list truncated",
       ply("format ascii 1.0\n", "format binary_little_endian 1.0\nelement face 1\nproperty list uint int i\n",
           std::string(28, '\xff')),
       "early"},
      {"list of negative length",
       ply("format ascii 1.0\n", "format binary_little_endian 1.0\nelement face 1\nproperty list char int i\n",
           std::string(28, '\xff')),
       "a list has a negative length"},
      {"ascii truncated", ply("vertex", "vertex", "1 2 3\n4 5  "), "ends before"},
      {"ascii word", ply("vertex", "vertex", "1 2 3\n4 5 six"), "'six'"},
      {"long word", ply("vertex", "vertex", "1 2 3\n4 5 " + std::string(100000, 'x')), "'xxx"},
  };
  for (const Lie& lie : lies) expect_refused(folder / "hostile.ply", lie);
}

// A damaged file is either read (a changed coordinate is still a coordinate) or refused with an Error, never worse.
TEST(HostileFile, AnyDamageIsReadOrRefused) {
  const Folder folder;
  std::mt19937 random(5);
  for (const std::string name : {"a.pcd", "b.pcd", "c.ply"}) {
    write_cloud(folder / name, every_type(20, 2, false), name[0] == 'a');
    const std::string whole = load(folder / name);
    for (int round = 0; round < 200; ++round) {
      std::string text = whole;
      for (unsigned change = random() % 4; change > 0; --change)
        text[random() % text.size()] = static_cast<char>(random());
      if (random() % 2 == 0) text.resize(random() % text.size());
      if (random() % 4 == 0) text.insert(random() % text.size(), std::to_string(random()));
      save(folder / name, text);
      largest_allocation = 0;
      try {
        const Cloud cloud = read_cloud(folder / name);
        ASSERT_EQ(cloud.data.size(), cloud.stride * static_cast<std::size_t>(cloud.size()));
      } catch (const Error& error) {
        ASSERT_EQ(std::string(error.what()).find('\n'), std::string::npos);
      }
      ASSERT_LT(largest_allocation, std::size_t{4} << 20);
    }
  }
}

TEST(HostileFile, OtherThanACloudIsNamed) {
  const Folder folder;
  EXPECT_NE(error_of([&] { read_cloud(folder / "none.pcd"); }).find("no such file"), std::string::npos);
  std::filesystem::create_directory(folder / "folder.pcd");
  EXPECT_NE(error_of([&] { read_cloud(folder / "folder.pcd"); }).find("regular file"), std::string::npos);
  save(folder / "scan.xyz", "1 2 3");
  EXPECT_NE(error_of([&] { read_cloud(folder / "scan.xyz"); }).find("'.xyz'"), std::string::npos);
  EXPECT_NE(error_of([&] { read_cloud("/dev/zero.pcd"); }), "");
}

}  // namespace
}  // namespace treewalk
