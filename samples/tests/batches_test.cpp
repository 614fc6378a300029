// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Plans of batches against what every pair of points says.
#include "commands/batches.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <random>

namespace program {
namespace {

using treewalk::Cloud;
using treewalk::Scalar;
using Place = std::pair<double, double>;

Cloud cloud_of(const std::vector<Place>& places) {
  Cloud cloud;
  cloud.stride = 24;
  cloud.fields = {{"x", 0, Scalar::float64, 1}, {"y", 8, Scalar::float64, 1}, {"z", 16, Scalar::float64, 1}};
  cloud.width = static_cast<std::int64_t>(places.size());
  cloud.data.resize(24 * places.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    std::memcpy(&cloud.data[24 * i], &places[i].first, 8);
    std::memcpy(&cloud.data[24 * i + 8], &places[i].second, 8);
  }
  return cloud;
}

/// Files of a survey, some of whose tiles are missing, with strays in a few of them.
std::vector<Cloud> survey(std::uint64_t seed, int columns, double side, int points) {
  std::mt19937_64 random(seed);
  const auto uniform = [&](double low, double high) {
    return low + (high - low) * static_cast<double>(random() >> 11) * 0x1p-53;
  };
  std::vector<Cloud> files;
  for (int tile = 0; tile < columns * columns; ++tile) {
    if (random() % 5 == 0) continue;
    std::vector<Place> places;
    const double x = 600000 + side * (tile % columns), y = -300000 + side * (tile / columns);
    for (int i = 0; i < points; ++i) places.emplace_back(uniform(x, x + side), uniform(y, y + side));
    if (random() % 4 == 0) places.emplace_back(uniform(600000, 600000 + columns * side), -300000 + side / 2);
    if (random() % 4 == 0) places.emplace_back(0, 0);
    if (random() % 8 == 0) places.emplace_back(1e300, -1e300);
    files.push_back(cloud_of(places));
  }
  files.push_back(cloud_of({}));
  std::shuffle(files.begin(), files.end(), random);
  return files;
}

struct Plan {
  CellGrid grid;
  std::vector<Footprint> footprints;
  std::vector<Batch> batches;
};

Plan plan(const std::vector<Cloud>& files, double reach, const Fits& fits, std::size_t most_cells = 16384,
          std::vector<char> wanted = {}) {
  std::vector<Footprint> footprints;
  int level = 0;
  for (const Cloud& file : files) {
    footprints.push_back(footprint_of(file.view(), finite_points(file.view()), reach, most_cells));
    level = std::max(level, footprints.back().level);
  }
  for (Footprint& one : footprints) coarsen(one, level);
  const CellGrid grid(reach, level);
  wanted.resize(files.size(), 1);
  auto batches = plan_batches(footprints, grid, wanted, fits);
  return {grid, std::move(footprints), std::move(batches)};
}

Place place_of(const Cloud& cloud, std::int64_t point) {
  const auto view = cloud.view();
  return {view.value(point, view.at("x")), view.value(point, view.at("y"))};
}

/// The points of a file that a batch sees.
std::vector<char> seen(const Plan& plan, const Batch& batch, const std::vector<Cloud>& files, std::size_t file) {
  std::vector<char> result(static_cast<std::size_t>(files[file].size()));
  const auto has = [&](const std::vector<std::size_t>& list) {
    return std::find(list.begin(), list.end(), file) != list.end();
  };
  if (has(batch.own)) std::fill(result.begin(), result.end(), 1);
  if (has(batch.neighbours))
    for (const auto i : points_in(files[file].view(), finite_points(files[file].view()), plan.grid, batch.near))
      result[static_cast<std::size_t>(i)] = 1;
  return result;
}

void expect_all_within_reach_are_seen(const Plan& plan, const std::vector<Cloud>& files, double reach) {
  for (const Batch& batch : plan.batches) {
    std::int64_t border = 0, own_points = 0;
    for (std::size_t file = 0; file < files.size(); ++file) {
      const auto sees = seen(plan, batch, files, file);
      const bool own = std::find(batch.own.begin(), batch.own.end(), file) != batch.own.end();
      (own ? own_points : border) += std::count(sees.begin(), sees.end(), 1);
      for (std::int64_t i = 0; i < files[file].size(); ++i) {
        if (sees[static_cast<std::size_t>(i)]) continue;
        const auto [x, y] = place_of(files[file], i);
        for (const std::size_t mine : batch.own)
          for (std::int64_t k = 0; k < files[mine].size(); ++k) {
            const auto [px, py] = place_of(files[mine], k);
            ASSERT_GT(std::hypot(px - x, py - y), reach) << "file " << file << ", batch of file " << batch.own.front();
          }
      }
    }
    EXPECT_EQ(batch.own_points, own_points);
    EXPECT_EQ(batch.border_points, border);
  }
}

TEST(Batches, AllPointsWithinReachAreSeen) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed)
    for (const double reach : {3.0, 40.0, 250.0}) {
      const auto files = survey(seed, 4, 100, 40);
      const auto one_by_one = plan(files, reach, [](const Batch&) { return false; });
      EXPECT_EQ(one_by_one.batches.size(), files.size());
      expect_all_within_reach_are_seen(one_by_one, files, reach);
      expect_all_within_reach_are_seen(plan(files, reach, [](const Batch& b) { return b.own.size() <= 3; }), files,
                                       reach);
      expect_all_within_reach_are_seen(plan(files, reach, [](const Batch&) { return true; }), files, reach);
      // Files that are far larger than the reach have coarser cells.
      const auto coarse = plan(
          files, reach, [](const Batch& b) { return b.own.size() <= 2; }, 20);
      for (const Footprint& one : coarse.footprints) EXPECT_LE(one.points.size(), 20U);
      expect_all_within_reach_are_seen(coarse, files, reach);
    }
}

TEST(Batches, EveryWantedFileIsOneBatchsOwnAndOthersOnlyLend) {
  const auto files = survey(9, 5, 100, 30);
  std::vector<char> wanted(files.size(), 1);
  for (std::size_t i = 0; i < wanted.size(); i += 3) wanted[i] = 0;
  const auto planned = plan(
      files, 60, [](const Batch& b) { return b.own.size() <= 4; }, 16384, wanted);
  std::vector<int> times(files.size());
  for (const Batch& batch : planned.batches) {
    for (const std::size_t file : batch.own) ++times[file];
    EXPECT_TRUE(std::is_sorted(batch.own.begin(), batch.own.end()));
    EXPECT_TRUE(std::is_sorted(batch.neighbours.begin(), batch.neighbours.end()));
  }
  for (std::size_t i = 0; i < files.size(); ++i) EXPECT_EQ(times[i], wanted[i]);
  expect_all_within_reach_are_seen(planned, files, 60);
}

TEST(Batches, AreAsLargeAsTheyMayBe) {
  const auto files = survey(2, 4, 100, 50);
  const auto fits = [](const Batch& b) { return b.own_points + b.border_points <= 500; };
  const auto some = plan(files, 30, fits).batches;
  std::size_t several = 0;
  for (const Batch& batch : some) {
    if (batch.own.size() > 1) {
      EXPECT_TRUE(fits(batch));
    }
    several += batch.own.size() > 1;
  }
  EXPECT_GT(several, 0U);
  EXPECT_GT(some.size(), 2U);
  // A strip of five tiles within reach of each other is one batch; a tile far away is another, whatever fits.
  std::vector<Cloud> strip;
  for (const double x : {0.0, 10.0, 20.0, 30.0, 40.0, 900.0}) strip.push_back(cloud_of({{x, 0}, {x + 9, 5}}));
  const auto all = plan(strip, 5, [](const Batch&) { return true; }).batches;
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].own, (std::vector<std::size_t>{0, 1, 2, 3, 4}));
  EXPECT_TRUE(all[0].neighbours.empty());
  EXPECT_EQ(all[1].own, std::vector<std::size_t>{5});
}

TEST(Batches, AStrayMakesNeighboursOfWhereItLies) {
  const std::vector<Cloud> files{cloud_of({{0, 0}, {1, 1}, {500, 500}}), cloud_of({{501, 501}, {560, 560}}),
                                 cloud_of({{250, 250}})};
  const auto planned = plan(files, 10, [](const Batch&) { return false; });
  ASSERT_EQ(planned.batches.size(), 3U);
  EXPECT_EQ(planned.batches[0].neighbours, std::vector<std::size_t>{1});
  EXPECT_EQ(planned.batches[0].border_points, 1);
  EXPECT_EQ(planned.batches[1].neighbours, std::vector<std::size_t>{0});
  EXPECT_TRUE(planned.batches[2].neighbours.empty()) << "a box around the first file would hold it";
}

TEST(Batches, FilesWithoutPointsAreBatchesOfTheirOwn) {
  const std::vector<Cloud> files{cloud_of({}), cloud_of({{0, 0}}), cloud_of({})};
  const auto planned = plan(files, 10, [](const Batch&) { return true; });
  ASSERT_EQ(planned.batches.size(), 3U);
  for (const Batch& batch : planned.batches) EXPECT_EQ(batch.own.size(), 1U);
  EXPECT_TRUE(plan({}, 10, [](const Batch&) { return true; }).batches.empty());
}

// Cells are as wide as an eighth of the reach or more, so between the two distances either answer is right.
TEST(Footprints, AreNearWherePointsAreWithinReach) {
  int near = 0, far = 0;
  for (const std::uint64_t seed : {1, 2, 3}) {
    const double reach = 30;
    const auto files = survey(seed, 5, 40, 20);
    const auto made = plan(
        files, reach, [](const Batch&) { return false; }, 64);
    const double slack = 2 * std::sqrt(2) * reach / kCellsInReach * (1 << made.grid.level()) * 1.01;
    for (std::size_t a = 0; a < files.size(); ++a)
      for (std::size_t b = 0; b < files.size(); ++b) {
        double distance = std::numeric_limits<double>::infinity();
        for (std::int64_t i = 0; i < files[a].size(); ++i)
          for (std::int64_t k = 0; k < files[b].size(); ++k) {
            const auto [x, y] = place_of(files[a], i);
            const auto [u, v] = place_of(files[b], k);
            distance = std::min(distance, std::hypot(x - u, y - v));
          }
        const bool found = are_near(made.footprints[a], made.footprints[b], made.grid);
        EXPECT_TRUE(found || distance > reach) << distance;
        EXPECT_TRUE(!found || distance <= reach + slack) << distance;
        ++(found ? near : far);
      }
  }
  EXPECT_GT(near, 100);
  EXPECT_GT(far, 100);
}

TEST(Footprints, MeetARectangleInWhichThereIsAPoint) {
  const auto cloud = cloud_of({{10, 20}, {12, 20}, {500, -40}});
  const double reach = 8;  // cells of 1 by 1
  const auto footprint = footprint_of(cloud.view(), finite_points(cloud.view()), reach);
  EXPECT_TRUE(any_within(footprint, reach, {9, 19}, {11, 21}));
  EXPECT_TRUE(any_within(footprint, reach, {-1e9, -1e9}, {1e9, 1e9}));
  EXPECT_TRUE(any_within(footprint, reach, {400, -100}, {600, 0}));
  EXPECT_FALSE(any_within(footprint, reach, {13.5, 0}, {450, 100})) << "between the points";
  EXPECT_FALSE(any_within(footprint, reach, {9, 22}, {11, 30})) << "beside them";
  EXPECT_FALSE(any_within(footprint, reach, {490, 0}, {510, 40}));
  EXPECT_FALSE(any_within({}, reach, {-1e9, -1e9}, {1e9, 1e9}));
}

}  // namespace
}  // namespace program
