// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Files that are written again keep every byte that nobody asked to change.
#include <algorithm>
#include <array>
#include <cmath>

#include "tests/io/las_support.h"

namespace treewalk {
namespace {

/// A file with all that a file of that version can have around its points.
LasParts furnished(int minor, int format, std::size_t extra, std::size_t count) {
  LasParts parts;
  parts.minor = minor;
  parts.format = format;
  parts.extra = extra;
  parts.user_bytes = std::string("USER\0DATA\xff", 10);
  parts.vlrs = {las_vlr("LASF_Projection", 34735, std::string(16, '\x07')), las_vlr("somebody", 9, "", 0xAABB),
                las_vlr("somebody", 9, ""),
                las_vlr(std::string("short\0rubbish", 13), 1, std::string(minor == 2 ? 65535 : 35, 'x'))};
  parts.gap = "\xDD\xCC bytes that no record holds";
  parts.records = las_records(format, extra, count, static_cast<unsigned>(format + 11 * minor) + 1);
  if (minor == 3) {
    parts.evlrs = {las_evlr("LASF_Spec", 65535, "packets")};
    parts.waveform = true;
  } else if (minor >= 4) {
    parts.evlrs = {las_evlr("LASF_Spec", 65535, std::string(3000, 'w')), las_evlr("empty", 3, ""),
                   las_evlr("somebody", 9, "last")};
    parts.waveform = format % 2 == 0;
  }
  parts.legacy_counts = format < 6;
  return parts;
}

std::string byte_of(const std::string& record, std::size_t at) { return record.substr(at, 1); }

/// The class of a record by the specification.
unsigned class_in(int format, const std::string& record) {
  return format < 6 ? static_cast<unsigned char>(byte_of(record, 15)[0]) & 31U
                    : static_cast<unsigned char>(byte_of(record, 16)[0]);
}
void set_class_in(int format, std::string& record, unsigned value) {
  char& at = record[format < 6 ? 15 : 16];
  at = static_cast<char>(format < 6 ? (static_cast<unsigned char>(at) & 0xE0U) | value : value);
}

/// The description of confidence as a file has it.
std::string confidence_block(const std::string& name = "confidence") {
  std::string block(192, '\0');
  block[2] = 1;
  block[3] = 8;
  block.replace(4, name.size(), name);
  set(block, 112, 0.004);
  block.replace(160, 30, "treewalk: probability of class");
  return block;
}

/// The head of a record that is added: nothing reserved, nothing behind its texts.
std::string extra_record(const std::string& blocks) {
  std::string vlr = las_vlr("LASF_Spec", 4, blocks);
  vlr.replace(22, 32, std::string("Extra Bytes") + std::string(21, '\0'));
  return vlr;
}

void expect_same_bytes(const std::string& a, const std::string& b, const std::string& what) {
  ASSERT_EQ(a.size(), b.size()) << what;
  const auto [at, other] = std::mismatch(a.begin(), a.end(), b.begin());
  ASSERT_EQ(at, a.end()) << what << ": the first other byte is " << at - a.begin();
}

TEST(LasChanged, EveryVersionAndFormatComesThroughLazByteForByte) {
  const Folder folder;
  for (int minor = 0; minor <= 5; ++minor)
    for (int format = 0; format <= (minor < 4 ? 5 : 10); ++format)
      for (const std::size_t extra : {0, 9})
        for (const std::size_t count : {0, 1, 300}) {
          const std::string before = furnished(minor, format, extra, count).bytes();
          save(folder / "in.las", before);
          EXPECT_EQ(write_changed_las(folder / "in.las", folder / "packed.laz", {}), 0);
          EXPECT_EQ(write_changed_las(folder / "packed.laz", folder / "again.laz", {}), 0);
          EXPECT_EQ(write_changed_las(folder / "again.laz", folder / "out.las", {}), 0);
          const std::string what = "1." + std::to_string(minor) + " format " + std::to_string(format) + " + " +
                                   std::to_string(extra) + ", " + std::to_string(count) + " points";
          expect_same_bytes(load(folder / "packed.laz"), load(folder / "again.laz"), what);
          expect_same_bytes(before, load(folder / "out.las"), what);
          EXPECT_TRUE(count < 300 || load(folder / "packed.laz").size() < before.size()) << what;
        }
}

TEST(LasChanged, ManyChunksComeThroughInOrderWhateverTheThreads) {
  const Folder folder;
  for (const int format : {1, 7}) {
    const std::string before = furnished(4, format, 2, 120001).bytes();
    save(folder / "in.las", before);
    std::string one;
    for (const int threads : {1, 3}) {
      LasChanges changes;
      changes.threads = threads;
      write_changed_las(folder / "in.las", folder / "packed.laz", changes);
      write_changed_las(folder / "packed.laz", folder / "out.las", changes);
      expect_same_bytes(before, load(folder / "out.las"), std::to_string(format));
      if (threads == 1) one = load(folder / "packed.laz");
    }
    expect_same_bytes(one, load(folder / "packed.laz"), "threads");
  }
}

TEST(LasChanged, OnlyTheClassChangesAndConfidenceIsAdded) {
  const Folder folder;
  for (int format = 0; format <= 10; ++format) {
    LasParts parts = furnished(4, format, 0, 400);
    save(folder / "in.las", parts.bytes());
    std::vector<std::uint32_t> code(400);
    std::vector<float> confidence(400);
    std::int64_t differ = 0;
    parts.extra = 1;
    parts.vlrs.push_back(extra_record(confidence_block()));
    for (std::size_t i = 0; i < code.size(); ++i) {
      code[i] = i % 5 == 0 ? LasChanges::as_it_is : static_cast<std::uint32_t>(i % 7);
      confidence[i] = static_cast<float>(i) / 399;
      std::string& record = parts.records[i];
      if (i % 5 != 0) {
        differ += class_in(format, record) != i % 7;
        set_class_in(format, record, static_cast<unsigned>(i % 7));
      }
      record.push_back(static_cast<char>(std::lround(confidence[i] * 250)));
    }
    LasChanges changes;
    changes.classification = &code;
    changes.dimensions = {las_confidence(&confidence)};
    EXPECT_EQ(write_changed_las(folder / "in.las", folder / "out.las", changes), differ);
    expect_same_bytes(parts.bytes(), load(folder / "out.las"), std::to_string(format));
    EXPECT_EQ(write_changed_las(folder / "in.las", folder / "out.laz", changes), differ);
    write_changed_las(folder / "out.laz", folder / "back.las", {});
    expect_same_bytes(parts.bytes(), load(folder / "back.las"), std::to_string(format) + " by LAZ");

    // A second run finds its own dimension, and has nothing to change.
    for (const std::string name : {"out.las", "out.laz"}) {
      EXPECT_EQ(write_changed_las(folder / name, folder / ("second_" + name), changes), 0);
      expect_same_bytes(load(folder / name), load(folder / ("second_" + name)), name);
    }
  }
}

TEST(LasChanged, WholeNumbersAreExact) {
  const Folder folder;
  LasParts parts;
  parts.records = las_records(0, 0, 3);
  save(folder / "in.las", parts.bytes());
  const std::vector<std::uint32_t> number{16777217, 4294967295, 0};
  LasDimension dimension{"number", "of each", Scalar::uint32};
  dimension.numbers = &number;
  LasChanges changes;
  changes.dimensions = {dimension};
  for (const char* name : {"out.las", "out.laz"}) {
    write_changed_las(folder / "in.las", folder / name, changes);
    const Cloud cloud = read_cloud(folder / name);
    for (std::int64_t i = 0; i < 3; ++i)
      EXPECT_EQ(cloud.view().value(i, cloud.view().at("number")), number[static_cast<std::size_t>(i)]);
  }
}

TEST(LasChanged, DescriptionsFollowWhatIsThere) {
  const Folder folder;
  const std::vector<float> confidence(3, 1.0F);
  LasChanges changes;
  changes.dimensions = {las_confidence(&confidence)};
  const auto expect = [&](LasParts parts, std::size_t record, const std::string& by, const std::string& what) {
    save(folder / "in.las", parts.bytes());
    write_changed_las(folder / "in.las", folder / "out.las", changes);
    for (std::string& one : parts.records) one.push_back(static_cast<char>(250));
    ++parts.extra;
    if (record == parts.vlrs.size())
      parts.vlrs.push_back(by);
    else
      parts.vlrs[record] = by;
    expect_same_bytes(parts.bytes(), load(folder / "out.las"), what);
  };
  LasParts parts;
  parts.extra = 4;
  parts.records = las_records(0, 4, 3);
  const std::string four = las_extra("height", 9), two = las_extra("a", 3), text(36 + 3, ' ');
  std::string unknown(192, '\0');
  unknown[3] = 4;
  unknown.replace(4, 11, "undescribed");

  parts.vlrs = {las_vlr("x", 1, "y"), las_vlr("LASF_Spec", 4, four), las_vlr("z", 1, "y")};
  expect(parts, 1, las_vlr("LASF_Spec", 4, four + confidence_block()), "behind what is described");
  parts.vlrs = {las_vlr("LASF_Spec", 4, two), las_vlr("LASF_Spec", 4, two)};
  expect(parts, 1, las_vlr("LASF_Spec", 4, two + confidence_block()), "behind the last of two records");
  parts.vlrs = {};
  expect(parts, 0, extra_record(unknown + confidence_block()), "bytes that nobody described");
  unknown[3] = 2;
  parts.vlrs = {las_vlr("LASF_Spec", 4, two)};
  expect(parts, 0, las_vlr("LASF_Spec", 4, two + unknown + confidence_block()), "half described");
  unknown[3] = 4;
  parts.vlrs = {las_vlr("LASF_Spec", 4, las_extra("longer than the records", 10))};
  expect(parts, 0, las_vlr("LASF_Spec", 4, unknown + confidence_block()), "described beyond the records");
  parts.vlrs = {las_vlr("LASF_Spec", 4, four.substr(0, 191))};
  expect(parts, 1, extra_record(unknown + confidence_block()), "a description that is cut");
  parts.vlrs = {las_vlr("LASF_Spec", 4, las_extra("confidence", 9))};
  expect(parts, 0, las_vlr("LASF_Spec", 4, las_extra("confidence", 9) + confidence_block("confidence_2")),
         "somebody else's confidence");
}

TEST(LasChanged, DescriptionsInAnExtendedRecordAreContinuedThere) {
  const Folder folder;
  LasParts parts;
  parts.minor = 4;
  parts.format = 6;
  parts.extra = 4;
  parts.legacy_counts = false;
  parts.records = las_records(6, 4, 3);
  parts.evlrs = {las_evlr("LASF_Spec", 4, las_extra("height", 9)), las_evlr("z", 1, "y")};
  save(folder / "in.las", parts.bytes());
  EXPECT_EQ(las_info(folder / "in.las").extra, std::vector<std::string>{"height"});
  const std::vector<float> confidence(3, 0.5F);
  LasChanges changes;
  changes.dimensions = {las_confidence(&confidence)};
  write_changed_las(folder / "in.las", folder / "out.las", changes);
  for (std::string& one : parts.records) one.push_back(static_cast<char>(125));
  parts.extra = 5;
  parts.evlrs[0] = las_evlr("LASF_Spec", 4, las_extra("height", 9) + confidence_block());
  expect_same_bytes(parts.bytes(), load(folder / "out.las"), "");
}

TEST(LasChanged, TheFirstClassesStayThroughRuns) {
  const Folder folder;
  LasParts parts;
  parts.records = las_records(0, 0, 50);
  save(folder / "in.las", parts.bytes());
  const std::vector<std::uint32_t> twos(50, 2), threes(50, 3);
  LasChanges changes;
  changes.keep_input_classes = true;
  changes.classification = &twos;
  write_changed_las(folder / "in.las", folder / "first.laz", changes);
  changes.classification = &threes;
  EXPECT_EQ(write_changed_las(folder / "first.laz", folder / "second.laz", changes), 50);
  const Cloud cloud = read_cloud(folder / "second.laz");
  const CloudView view = cloud.view();
  for (std::int64_t i = 0; i < 50; ++i) {
    EXPECT_EQ(view.value(i, view.at("classification")), 3);
    EXPECT_EQ(view.value(i, view.at("classification_input")), class_in(0, parts.records[static_cast<std::size_t>(i)]));
  }
  EXPECT_EQ(view.find("classification_input_2"), nullptr);
}

TEST(LasChanged, PointsThatAreLeftOutAreCountedAndBoundedAnew) {
  const Folder folder;
  for (const int format : {1, 6}) {
    const LasParts parts = furnished(4, format, 0, 60000);
    save(folder / "in.las", parts.bytes());
    std::vector<char> written(60000, 0);
    std::string kept;
    std::size_t count = 0;
    std::int32_t least = 2000000000, most = -least;
    std::array<std::uint64_t, 15> returns{};
    for (std::size_t i = 3; i < 60000; i += 7, ++count) {
      written[i] = 1;
      kept += parts.records[i];
      const auto x = number<std::int32_t>(parts.records[i], 0);
      least = std::min(least, x);
      most = std::max(most, x);
      const unsigned nth = static_cast<unsigned char>(parts.records[i][14]) & (format < 6 ? 7U : 15U);
      if (nth > 0) ++returns[nth - 1];
    }
    LasChanges changes;
    changes.written = &written;
    write_changed_las(folder / "in.las", folder / "some.laz", changes);
    write_changed_las(folder / "some.laz", folder / "some.las", {});
    const std::string out = load(folder / "some.las");
    expect_same_bytes(kept, out.substr(number<std::uint32_t>(out, 96), kept.size()), "points");
    EXPECT_EQ(number<std::uint64_t>(out, 247), count);
    EXPECT_EQ(number<std::uint32_t>(out, 107), format < 6 ? count : 0);
    for (std::size_t i = 0; i < 15; ++i) EXPECT_EQ(number<std::uint64_t>(out, 255 + 8 * i), returns[i]);
    EXPECT_EQ(number<double>(out, 179), most * 0.01 + 500000);
    EXPECT_EQ(number<double>(out, 187), least * 0.01 + 500000);
    EXPECT_EQ(out.substr(out.size() - 4), "last");
  }
}

TEST(LasChanged, PacketsOfLas13ArePacketsWhateverTheirUserIsCalled) {
  const Folder folder;
  LasParts parts;
  parts.minor = 3;
  parts.format = 4;
  parts.records = las_records(4, 0, 9);
  parts.waveform = true;
  const std::vector<float> confidence(9, 1);
  LasChanges changes;
  changes.dimensions = {las_confidence(&confidence)};
  for (const auto& [user, id] : {std::pair("LAS_Spec", 65535U), {"somebody", 7U}}) {
    parts.evlrs = {las_evlr(user, id, "packets")};
    save(folder / "in.las", parts.bytes());
    write_changed_las(folder / "in.las", folder / "out.las", changes);
    const std::string out = load(folder / "out.las");
    const auto at = number<std::uint64_t>(out, 227);
    EXPECT_EQ(out.substr(at), parts.evlrs[0]);
  }
  // A place where there are none stays as it is said.
  std::string text = parts.bytes();
  set<std::uint64_t>(text, 227, text.size() + 1000);
  save(folder / "in.las", text);
  write_changed_las(folder / "in.las", folder / "out.las", changes);
  EXPECT_EQ(number<std::uint64_t>(load(folder / "out.las"), 227), text.size() + 1000);
}

TEST(LasChanged, ACopcBecomesAPlainFile) {
  const Folder folder;
  LasParts parts = furnished(4, 6, 0, 10);
  const LasParts plain = parts;
  parts.vlrs.insert(parts.vlrs.begin(), las_vlr("copc", 1, std::string(160, 'c')));
  parts.evlrs.insert(parts.evlrs.begin() + 1, las_evlr("copc", 1000, std::string(32, 'h')));
  save(folder / "in.las", parts.bytes());
  EXPECT_TRUE(las_info(folder / "in.las").copc);
  write_changed_las(folder / "in.las", folder / "out.las", {});
  expect_same_bytes(plain.bytes(), load(folder / "out.las"), "");
}

// LASzip writes newer points as older ones with extra bytes, one of which holds classes above 31.
TEST(LasChanged, ClassesOfTheCompatibilityModeAreChangedWhereTheyAre) {
  const Folder folder;
  LasParts parts;
  parts.extra = 1;
  parts.records = las_records(0, 1, 4);
  parts.vlrs = {las_vlr("lascompatible", 22204, "..."),
                las_vlr("LASF_Spec", 4, las_extra("LAS 1.4 classification", 1))};
  for (const unsigned before : {0U, 70U}) {
    for (std::string& record : parts.records) record[20] = static_cast<char>(before);
    save(folder / "in.las", parts.bytes());
    const std::vector<std::uint32_t> code = {5, 64, 70, LasChanges::as_it_is};
    LasChanges changes;
    changes.classification = &code;
    EXPECT_EQ(write_changed_las(folder / "in.las", folder / "out.las", changes), before == 70 ? 2 : 3);
    LasParts expected = parts;
    const auto change = [&](std::size_t i, unsigned low, unsigned high) {
      set_class_in(0, expected.records[i], low);
      expected.records[i][20] = static_cast<char>(high);
    };
    change(0, 5, 0);
    change(1, 0, 64);
    if (before != 70) change(2, 0, 70);
    expect_same_bytes(expected.bytes(), load(folder / "out.las"), std::to_string(before));
  }
}

TEST(LasChanged, AFileMayBeReplacedByItself) {
  const Folder folder;
  const std::string before = furnished(4, 7, 3, 1000).bytes();
  save(folder / "one.laz", before);  // whatever its name says, it is not compressed yet
  write_changed_las(folder / "one.laz", folder / "one.laz", {});
  EXPECT_LT(load(folder / "one.laz").size(), before.size());
  write_changed_las(folder / "one.laz", folder / "one.las", {});
  expect_same_bytes(before, load(folder / "one.las"), "");
  EXPECT_EQ(folder.files(), 2U);
}

TEST(LasChanged, WhatCannotBeWrittenIsRefusedBeforeAnythingIs) {
  const Folder folder;
  LasParts parts;
  parts.records = las_records(0, 0, 3);
  save(folder / "in.las", parts.bytes());
  const auto expect = [&](const LasChanges& changes, const std::string& says, const std::string& out = "out.laz") {
    EXPECT_NE(refusal(folder / "in.las", folder / out, changes).find(says), std::string::npos)
        << refusal(folder / "in.las", folder / out, changes);
    EXPECT_EQ(folder.files(), 1U);
  };
  const std::vector<std::uint32_t> two = {1, 2}, high = {1, 32, 3};
  const std::vector<char> one = {1};
  const std::vector<float> four(4);
  LasChanges changes;
  changes.classification = &two;
  expect(changes, "it has 3 points, but there are 2 classes");
  changes.classification = &high;
  expect(changes, "class codes up to 31, so a class 32 cannot be written");
  changes = {};
  changes.written = &one;
  expect(changes, "there are 1 marks");
  changes = {};
  changes.dimensions = {las_confidence(&four)};
  expect(changes, "there are 4 values of confidence");
  changes.dimensions[0].numbers = &two;
  expect(changes, "there are 2 values of confidence");
  changes.dimensions = {{"far", "", Scalar::float64, 1, &four}};
  expect(changes, "'far' is another type");
  expect({}, "written as .las or .laz", "out.ply");
  expect({}, "no_such_folder", "no_such_folder/out.las");
}

}  // namespace
}  // namespace treewalk
