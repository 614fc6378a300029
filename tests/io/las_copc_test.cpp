// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Cloud-optimised point clouds that go on as such: each node of the hierarchy names the chunk that it named before.
#include "tests/io/las_support.h"

namespace treewalk {
namespace {

constexpr std::size_t kPoints = 300, kHeader = 375, kInfo = 54 + 160;

std::string entry(std::int32_t level, std::uint64_t at, std::int32_t bytes, std::int32_t points) {
  std::string e(32, '\0');
  set(e, 0, level);
  set(e, 16, at);
  set(e, 24, bytes);
  set(e, 28, points);
  return e;
}

struct Chunk {
  std::uint64_t at;
  std::int32_t bytes;
};

/// Where the points of a file of one chunk are.
Chunk chunk_of(const std::string& laz) {
  const std::uint64_t points = number<std::uint32_t>(laz, 96);
  return {points + 8,
          static_cast<std::int32_t>(number<std::int64_t>(laz, points) - static_cast<std::int64_t>(points) - 8)};
}

/// A compressed file of one chunk as a COPC: its information first, the hierarchy as the last record. The root is a
/// page that leads to another, in which one node has the points and one has none.
std::string copc(const Folder& folder) {
  LasParts parts;
  parts.minor = 4;
  parts.format = 6;
  parts.legacy_counts = false;
  parts.vlrs = {las_vlr("somebody", 7, "text")};
  parts.evlrs = {las_evlr("somebody", 8, "behind")};
  parts.records = las_records(6, 0, kPoints);
  save(folder / "plain.las", parts.bytes());
  write_changed_las(folder / "plain.las", folder / "plain.laz", {});
  std::string laz = load(folder / "plain.laz");
  const auto points = number<std::uint32_t>(laz, 96);
  set<std::int64_t>(laz, points, number<std::int64_t>(laz, points) + static_cast<std::int64_t>(kInfo));
  set<std::uint32_t>(laz, 96, points + kInfo);
  set<std::uint32_t>(laz, 100, number<std::uint32_t>(laz, 100) + 1);
  set<std::uint64_t>(laz, 235, number<std::uint64_t>(laz, 235) + kInfo);
  set<std::uint32_t>(laz, 243, 2);
  const std::uint64_t pages = laz.size() + kInfo + 60;
  std::string info(160, 'i');
  set<std::uint64_t>(info, 40, pages);
  set<std::uint64_t>(info, 48, 32);
  laz.insert(kHeader, las_vlr("copc", 1, info));
  const Chunk chunk = chunk_of(laz);
  return laz + las_evlr("copc", 1000,
                        entry(0, pages + 32, 64, -1) + entry(1, 0, 0, 0) + entry(1, chunk.at, chunk.bytes, kPoints));
}

TEST(LasCopc, NodesNameTheirChunksWhereTheseAreNow) {
  const Folder folder;
  save(folder / "in.copc.laz", copc(folder));
  const std::vector<float> confidence(kPoints, 0.25F);
  LasChanges changes;
  changes.dimensions = {las_confidence(&confidence)};
  changes.copc = true;
  write_changed_las(folder / "in.copc.laz", folder / "out.copc.laz", changes);
  EXPECT_TRUE(las_info(folder / "out.copc.laz").copc);
  const std::string out = load(folder / "out.copc.laz");
  const auto root = number<std::uint64_t>(out, kHeader + 54 + 40);
  EXPECT_EQ(out.substr(kHeader, 54 + 40), load(folder / "in.copc.laz").substr(kHeader, 54 + 40));
  EXPECT_EQ(root + 96, out.size());
  EXPECT_EQ(out.substr(root - 60 + 2, 4), "copc");
  const Chunk chunk = chunk_of(out);
  EXPECT_NE(chunk.at, chunk_of(load(folder / "in.copc.laz")).at);  // a record of extra bytes came before
  EXPECT_EQ(out.substr(root),
            entry(0, root + 32, 64, -1) + entry(1, 0, 0, 0) + entry(1, chunk.at, chunk.bytes, kPoints));
  // The points are those of the plain file with the same changes.
  changes.copc = false;
  write_changed_las(folder / "plain.laz", folder / "plain_out.las", changes);
  write_changed_las(folder / "out.copc.laz", folder / "out.las", {});
  EXPECT_TRUE(load(folder / "plain_out.las") == load(folder / "out.las"));
}

TEST(LasCopc, WithoutChangesItIsTheSameFile) {
  const Folder folder;
  save(folder / "in.copc.laz", copc(folder));
  LasChanges changes;
  changes.copc = true;
  write_changed_las(folder / "in.copc.laz", folder / "out.copc.laz", changes);
  EXPECT_TRUE(load(folder / "in.copc.laz") == load(folder / "out.copc.laz"));
}

TEST(LasCopc, AHierarchyThatLiesIsRefused) {
  const Folder folder;
  const std::string good = copc(folder);
  const std::size_t pages = good.size() - 96, node = pages + 64;
  LasChanges changes;
  changes.copc = true;
  const auto expect = [&](const std::string& text, const std::string& says) {
    save(folder / "bad.copc.laz", text);
    const std::string error = refusal(folder / "bad.copc.laz", folder / "out.laz", changes);
    EXPECT_NE(error.find(says), std::string::npos) << says << ": " << error;
    EXPECT_FALSE(std::filesystem::exists(folder / "out.laz"));
  };
  const auto with = [&](std::size_t at, auto value) {
    std::string text = good;
    set(text, at, value);
    return text;
  };
  const std::string elsewhere = "page of its COPC hierarchy lies elsewhere";
  expect(load(folder / "plain.laz"), "no COPC, so it cannot go on as one");
  expect(with(kHeader + 54 + 40, std::uint64_t{8}), elsewhere);
  expect(with(kHeader + 54 + 48, std::uint64_t{31}), elsewhere);
  expect(with(kHeader + 54 + 48, ~std::uint64_t{0}), elsewhere);
  expect(with(pages + 24, std::int32_t{96}), elsewhere);
  expect(with(pages + 16, static_cast<std::uint64_t>(pages)), "lie on each other");
  expect(with(node + 16, std::uint64_t{500}), "no chunk of the file");
  expect(with(node + 28, std::int32_t{299}), "no chunk of the file");
  expect(with(node + 28, std::int32_t{0}), "has 0 of its 300 points");
  std::vector<char> written(kPoints, 1);
  changes.written = &written;
  expect(good, "has all points of its input");
}

}  // namespace
}  // namespace treewalk
