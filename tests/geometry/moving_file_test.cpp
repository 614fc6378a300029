// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Files of MovingSearch: as they were saved, and damaged.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/device/sha256.h"
#include "tests/geometry/moving_search_support.h"
#include "tests/support/error_of.h"
#include "tests/support/small_scenes.h"

namespace treewalk {
namespace {

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// The file with other content, and the checksum that belongs to it.
void put(const std::filesystem::path& file, std::string bytes, bool sign = false) {
  if (sign) {
    Sha256 hash;
    hash.add(bytes.data(), bytes.size() - 64);
    bytes.replace(bytes.size() - 64, 64, hash.digits());
  }
  std::ofstream(file, std::ios::binary) << bytes;
}

Found nearest(const MovingSearch& search, const double* query, int k) {
  std::vector<std::int64_t> number(static_cast<std::size_t>(k));
  std::vector<float> distance(number.size());
  const int count = search.nearest(query, k, number.data(), distance.data());
  Found found;
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) found.emplace_back(distance[i], number[i]);
  return found;
}

struct MovingFile : testing::Test {
  test::TemporaryFolder folder;
  const std::filesystem::path file = folder / "map";
  const double query[3] = {1000.5, 0.5, 0.5};

  MovingSearch some_map(int turns) const {
    std::mt19937 random(11);
    MovingSearch search({1000, 0, 0});
    for (int turn = 0; turn < turns; ++turn) search.add(some_rows(1500, random, 1000).view());
    search.forget_oldest(700);
    search.forget_inside({{1000.2, 0.2, 0.2}, {1000.4, 0.4, 0.4}});
    return search;
  }
  std::string refused() const {
    const std::string error = error_of([&] { MovingSearch::load(file); });
    EXPECT_EQ(error.rfind(file.string() + ": ", 0), 0u) << error;
    EXPECT_EQ(error.find('\n'), std::string::npos) << error;
    return error;
  }
};

TEST_F(MovingFile, AMapComesBackWithItsNumbers) {
  for (const int turns : {0, 1, 4}) {
    MovingSearch search = some_map(turns);
    search.save(file);
    MovingSearch loaded = MovingSearch::load(file, 2);
    EXPECT_EQ(loaded.size(), search.size());
    EXPECT_EQ(loaded.next_number(), search.next_number());
    EXPECT_EQ(loaded.origin(), search.origin());
    EXPECT_EQ(nearest(loaded, query, 4000), nearest(search, query, 4000));
    std::mt19937 random(3);
    const XyzRows<float> more = some_rows(2000, random, 1000);
    EXPECT_EQ(loaded.add(more.view()), search.add(more.view()));
    EXPECT_EQ(loaded.forget_oldest(100), search.forget_oldest(100));
    EXPECT_EQ(nearest(loaded, query, 50), nearest(search, query, 50));
    const std::string before = bytes_of(file);
    MovingSearch::load(file).save(file);
    EXPECT_EQ(bytes_of(file), before);
  }
}

TEST_F(MovingFile, DamagedFilesAreRefusedInASentence) {
  some_map(2).save(file);
  const std::string good = bytes_of(file);
  const auto with = [&](std::size_t at, const auto& value) {
    std::string bytes = good;
    bytes.replace(at, sizeof value, reinterpret_cast<const char*>(&value), sizeof value);
    return bytes;
  };
  for (const std::size_t size : {std::size_t{0}, std::size_t{10}, std::size_t{55}}) {
    put(file, good.substr(0, size));
    EXPECT_NE(refused().find("too short"), std::string::npos);
  }
  for (const std::size_t size : {std::size_t{56}, good.size() / 2, good.size() - 1}) {
    put(file, good.substr(0, size));
    EXPECT_NE(refused().find("bytes where"), std::string::npos);
  }
  put(file, good + "x");
  EXPECT_NE(refused().find("bytes where"), std::string::npos);
  put(file, "# .PCD v0.7 - Point Cloud Data file format" + good);
  EXPECT_NE(refused().find("no map"), std::string::npos);
  put(file, with(13, '2'));
  EXPECT_NE(refused().find("another version"), std::string::npos);
  for (const std::int64_t size : {std::int64_t{-1}, std::int64_t{1} << 60}) {
    put(file, with(48, size), true);
    EXPECT_NE(refused().find("says that it has " + std::to_string(size)), std::string::npos);
  }
  for (const std::size_t at : {std::size_t{20}, std::size_t{100}, good.size() / 2, good.size() - 3}) {
    std::string bytes = good;
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    put(file, bytes);
    EXPECT_NE(refused().find("checksum"), std::string::npos);
  }
  put(file, with(16, std::numeric_limits<double>::infinity()), true);
  EXPECT_NE(refused().find("origin"), std::string::npos);
  put(file, with(40, std::int64_t{5}), true);
  EXPECT_NE(refused().find("has the number"), std::string::npos);
  put(file, with(40, std::numeric_limits<std::int64_t>::max()), true);  // no number would be left to add with
  EXPECT_NE(refused().find("next number"), std::string::npos);
  put(file, with(56 + 8, std::int64_t{0}), true);
  EXPECT_NE(refused().find("has the number 0"), std::string::npos);
  put(file, with(good.size() - 64 - 4, std::numeric_limits<float>::quiet_NaN()), true);
  EXPECT_NE(refused().find("position that is not finite"), std::string::npos);
  put(file, good);
  EXPECT_EQ(MovingSearch::load(file).size(), some_map(2).size());
}

TEST_F(MovingFile, WhatCannotBeReadOrWrittenIsNamed) {
  refused();
  EXPECT_NE(error_of([&] { MovingSearch().save(folder / "none/map"); }).find("none"), std::string::npos);
  EXPECT_NE(error_of([&] { MovingSearch::load(folder / "."); }).find((folder / ".").string()), std::string::npos);
}

}  // namespace
}  // namespace treewalk
