// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// A folder of tiles is labelled as if it were one file.
#include "folder_cases.h"

namespace program_test {
namespace {

class Folder : public FolderSuite {
 protected:
  static void SetUpTestSuite() {
    made_ = std::make_unique<FolderPlace>();
    cut(place() / "scan.las", place() / "four", 2);
    cut(place() / "scan.las", place() / "sixteen", 4);
    place().good("segment scan.las -m small -o one.las --quiet");
  }
  /// Runs that with so much memory, and counts its batches.
  static int batches(const std::string& command, int memory) {
    place().good(command + " --overwrite --quiet --json batches.json --memory " + std::to_string(memory));
    int most = 0;
    for (const auto& row : place().json("batches.json")) most = std::max(most, row.value("batch", 0));
    return most;
  }
};

TEST_F(Folder, TilesHaveTheLabelsOfOneFile) {
  const auto one = labels_in(place() / "one.las");
  ASSERT_EQ(one.size(), 40000U);
  place().good("segment four -m small -o of_four --quiet");
  EXPECT_TRUE(labels_in(place() / "of_four") == one);
  place().good("segment sixteen -m small -o of_sixteen --quiet");
  EXPECT_TRUE(labels_in(place() / "of_sixteen") == one);
  place().good("segment sixteen -m small -o apart --apart --quiet");
  EXPECT_FALSE(labels_in(place() / "apart") == one) << "seams that neighbours would not show";
  const std::string first = (place() / "sixteen/0.las").string();
  place().good("segment " + first + " -m small -o alone.las --quiet");
  EXPECT_TRUE(content(place() / "apart/0.las") == content(place() / "alone.las"));
}

TEST_F(Folder, NoiseIsShownAndClassesAreKeptAsInOneFile) {
  for (const std::string options : {"--use-noise", "--scale 0.5,2", "--keep-classified 6,12 --min-confidence 0.5"}) {
    place().good("segment scan.las -m small --overwrite --quiet -o one_so.las " + options);
    place().good("segment sixteen -m small --overwrite --quiet -o so " + options);
    EXPECT_TRUE(labels_in(place() / "so") == labels_in(place() / "one_so.las")) << options;
  }
  EXPECT_FALSE(labels_in(place() / "one_so.las") == labels_in(place() / "one.las"));
}

TEST_F(Folder, BatchesDoNotShow) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer takes several times the memory";
#endif
  const std::string command = "segment sixteen -m small -o batched";
  ASSERT_EQ(batches(command, 4000), 1);
  const auto expected = contents(place() / "batched");
  int few = 4000, many = 260;
  ASSERT_EQ(batches(command, many), 16);
  EXPECT_TRUE(contents(place() / "batched") == expected);
  for (int memory = (few + many) / 2; few - many > 1; memory = (few + many) / 2) {
    const int found = batches(command, memory);
    ASSERT_TRUE(contents(place() / "batched") == expected) << "--memory " << memory;
    if (found > 1 && found < 16) return;
    (found == 1 ? few : many) = memory;
  }
  FAIL() << "no limit gave more than one batch and less than 16";
}

TEST_F(Folder, HeadersMayLieAndStraysCostNothing) {
  fs::remove_all(place() / "lying");
  fs::copy(place() / "four", place() / "lying", fs::copy_options::recursive);
  const std::string file = (place() / "lying/0.las").string();
  std::string bytes = content(file);
  const double wrong[6] = {9e6, 8e6, 9e6, 8e6, 1, 0};  // greatest and least x, y and z
  std::memcpy(&bytes[179], wrong, sizeof wrong);
  std::ofstream(file, std::ios::binary) << bytes;
  place().good("segment lying -m small -o of_lying --quiet");
  EXPECT_TRUE(labels_in(place() / "of_lying") == labels_in(place() / "one.las"));
}

TEST_F(Folder, OtherFormatsAreNeighboursOnlyWhenSaidToBe) {
  fs::create_directories(place() / "clouds");
  Cloud scan = wide_scan(20000);
  scan.remove_field("classification");
  scan.remove_field("classification_flags");
  treewalk::write_cloud(place() / "clouds.pcd", scan);
  const auto tile = tiles_of(scan, 2);
  for (int t = 0; t < 4; ++t) {
    Cloud part = scan;
    part.data.clear();
    part.width = 0;
    part.height = 1;
    for (std::size_t i = 0; i < tile.size(); ++i)
      if (tile[i] == t) {
        const auto at = scan.data.begin() + static_cast<std::ptrdiff_t>(i * scan.stride);
        part.data.insert(part.data.end(), at, at + static_cast<std::ptrdiff_t>(scan.stride));
        ++part.width;
      }
    treewalk::write_cloud(place() / "clouds" / (std::string(1, static_cast<char>('d' - t)) + ".pcd"), part);
  }
  place().good("segment clouds.pcd -m small -o clouds_one.pcd --quiet");
  place().good("segment clouds -m small -o clouds_apart --quiet");
  place().good("segment clouds/a.pcd -m small -o a_alone.pcd --quiet");
  EXPECT_TRUE(content(place() / "clouds_apart/a.pcd") == content(place() / "a_alone.pcd"));
  EXPECT_FALSE(labels_in(place() / "clouds_apart") == labels_in(place() / "clouds_one.pcd"));
  place().good("segment clouds -m small -o clouds_tiles --tiles --quiet");
  EXPECT_TRUE(labels_in(place() / "clouds_tiles") == labels_in(place() / "clouds_one.pcd")) << "in float32";
  expect_error(place().run("segment clouds -m small -o no --tiles --apart"), 2, "--apart and --tiles");
}

TEST_F(Folder, ADamagedFileIsToldOfAndTheOthersGoOn) {
  for (const char* folder : {"damaged", "without"}) {
    fs::remove_all(place() / folder);
    fs::copy(place() / "four", place() / folder, fs::copy_options::recursive);
  }
  const std::string bytes = content(place() / "four/2.las");
  std::ofstream(place() / "damaged/2.las", std::ios::binary) << bytes.substr(0, bytes.size() / 2);
  fs::remove(place() / "without/2.las");
  place().good("segment without -m small -o of_without --quiet");
  const Outcome outcome = place().run("segment damaged -m small -o of_damaged --csv damaged.csv --quiet");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.err.find("error: 1 of 4 clouds failed; the first: "), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("warning: files around 'damaged/2.las' are labelled without it"), std::string::npos);
  EXPECT_TRUE(labels_in(place() / "of_damaged") == labels_in(place() / "of_without"));
  EXPECT_TRUE(fs::exists(place() / "damaged.csv"));
  expect_error(place().run("segment four -m small -o four --overwrite"), 1, "name another folder");
}

TEST_F(Folder, WhatIsMissingAroundADamagedFileIsToldOnlyWhereThereIsSomething) {
  const std::string words = "warning: files around 'apart/damaged.las'";
  fs::remove_all(place() / "apart");
  fs::create_directories(place() / "apart");
  Cloud near = wide_scan(2000), far = wide_scan(2000);
  for (std::int64_t i = 0; i < far.size(); ++i)
    move_to(far, i, far.view().value(i, far.view().at("x")) + 1e4, far.view().value(i, far.view().at("y")), 1);
  treewalk::write_cloud(place() / "damaged.las", near);
  const std::string bytes = content(place() / "damaged.las");
  const auto said_of = [&](const std::string& damaged, const std::string& more = "") {
    std::ofstream(place() / "apart/damaged.las", std::ios::binary) << damaged;
    const Outcome outcome = place().run("segment apart -m small -o of_apart --overwrite --quiet" + more);
    EXPECT_EQ(outcome.status, 1);
    EXPECT_NE(outcome.err.find("clouds failed; the first: "), std::string::npos) << outcome.err;
    const auto at = outcome.err.find(words);
    return at == std::string::npos ? "" : outcome.err.substr(at, outcome.err.find('\n', at) - at);
  };
  const std::string half = bytes.substr(0, bytes.size() / 2);
  treewalk::write_cloud(place() / "apart/far.las", far);
  treewalk::write_cloud(place() / "apart/far_too.las", far);
  EXPECT_EQ(said_of(half), "") << "its header says that it is 10 km from all others";
  EXPECT_EQ(said_of("LASF, and no more"), words + ", if there are any, are labelled without it");
  EXPECT_EQ(said_of("LASF, and no more", " --apart"), "") << "nobody has neighbours";
  treewalk::write_cloud(place() / "apart/near.las", near);
  EXPECT_EQ(said_of(half), words + " are labelled without it");
  EXPECT_EQ(said_of(half, " --apart"), "");
}

TEST_F(Folder, TooLittleMemoryNamesWhatIsEnough) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer takes several times the memory";
#endif
  const std::string command = "segment sixteen -m small -o scarce --quiet --overwrite --memory ";
  const Outcome outcome = place().run(command + "150");
  EXPECT_EQ(outcome.status, 1);
  const std::string words = "needs most takes ";
  const auto at = outcome.err.find(words);
  ASSERT_NE(at, std::string::npos) << outcome.err;
  place().good(command + std::to_string(std::atoi(outcome.err.c_str() + at + words.size())));
  EXPECT_TRUE(labels_in(place() / "scarce") == labels_in(place() / "one.las"));
}

}  // namespace
}  // namespace program_test
