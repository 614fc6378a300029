// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// What rasters of terrain are made from, against brute force: triangulations, and nearest squares.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>

#include "core/io/rasters/nearest_square.h"
#include "core/io/rasters/triangles.h"

namespace treewalk {
namespace {

std::int64_t doubled_area(const Site& a, const Site& b, const Site& c) {
  return (std::int64_t{b.x} - a.x) * (std::int64_t{c.y} - a.y) - (std::int64_t{b.y} - a.y) * (std::int64_t{c.x} - a.x);
}

/// Above 0 where d lies within the circle through a, b, c, which turn to the left. Exact: coordinates below 2^15.
std::int64_t in_circle(const Site& a, const Site& b, const Site& c, const Site& d) {
  const auto row = [&d](const Site& p) {
    const std::int64_t x = p.x - d.x, y = p.y - d.y;
    return std::array<__int128, 3>{x, y, x * x + y * y};
  };
  const auto p = row(a), q = row(b), r = row(c);
  const __int128 det =
      p[0] * (q[1] * r[2] - q[2] * r[1]) - p[1] * (q[0] * r[2] - q[2] * r[0]) + p[2] * (q[0] * r[1] - q[1] * r[0]);
  return det > 0 ? 1 : det < 0 ? -1 : 0;
}

/// The hull's doubled area, by Andrew's chain.
std::int64_t hull_area(std::vector<Site> sites) {
  std::sort(sites.begin(), sites.end(),
            [](const Site& a, const Site& b) { return a.x != b.x ? a.x < b.x : a.y < b.y; });
  std::vector<Site> hull;
  for (int side = 0; side < 2; ++side) {
    const std::size_t from = hull.size();
    for (const Site& s : sites) {
      while (hull.size() >= from + 2 && doubled_area(hull[hull.size() - 2], hull.back(), s) <= 0) hull.pop_back();
      hull.push_back(s);
    }
    hull.pop_back();
    std::reverse(sites.begin(), sites.end());
  }
  std::int64_t area = 0;
  for (std::size_t i = 1; i + 1 < hull.size(); ++i) area += doubled_area(hull[0], hull[i], hull[i + 1]);
  return area;
}

void expect_delaunay(const std::vector<Site>& sites) {
  std::int64_t area = 0;
  for (const auto& triangle : triangles_of(sites)) {
    std::array<Site, 3> c;
    for (int k = 0; k < 3; ++k) c[k] = sites.at(static_cast<std::size_t>(triangle[k]));
    EXPECT_GT(doubled_area(c[0], c[1], c[2]), 0);
    area += doubled_area(c[0], c[1], c[2]);
    for (const Site& site : sites) EXPECT_LE(in_circle(c[0], c[1], c[2], site), 0);
  }
  EXPECT_EQ(area, hull_area(sites));  // so they cover the hull, and do not overlap
}

TEST(Triangles, AreDelaunayForRandomSites) {
  std::mt19937 random(7);
  for (const int range : {5, 20, 30000})
    for (int round = 0; round < 40; ++round) {
      std::vector<Site> sites;
      const int count = 3 + static_cast<int>(random() % 40);
      for (int i = 0; i < count; ++i)
        sites.push_back({static_cast<std::int32_t>(random() % range), static_cast<std::int32_t>(random() % range)});
      expect_delaunay(sites);  // small ranges have sites twice, on lines and on circles
    }
}

TEST(Triangles, CoverLattices) {
  std::vector<Site> sites;
  for (int i = 0; i < 30; ++i)
    for (int j = 0; j < 20; ++j) sites.push_back({i * 100, j * 100});
  EXPECT_EQ(triangles_of(sites).size(), 2u * 29 * 19);
  expect_delaunay(sites);
}

TEST(Triangles, AreNoneForLessThanThreeSitesAndOnALine) {
  EXPECT_TRUE(triangles_of({}).empty());
  EXPECT_TRUE(triangles_of({{1, 1}, {2, 2}}).empty());
  EXPECT_TRUE(triangles_of({{1, 1}, {1, 1}, {1, 1}}).empty());
  EXPECT_TRUE(triangles_of({{0, 0}, {10, 5}, {20, 10}, {1 << 30, 1 << 29}}).empty());
}

TEST(Triangles, OfTheWidestRangeStillCoverTheHull) {
  std::mt19937 random(8);
  std::vector<Site> sites;
  for (int i = 0; i < 2000; ++i)
    sites.push_back({static_cast<std::int32_t>(random() >> 2), static_cast<std::int32_t>(random() >> 2)});
  std::int64_t area = 0;
  for (const auto& t : triangles_of(sites)) area += doubled_area(sites[t[0]], sites[t[1]], sites[t[2]]);
  EXPECT_EQ(area, hull_area(sites));
}

TEST(NearestSquares, AreThoseOfBruteForce) {
  std::mt19937 random(9);
  for (int round = 0; round < 60; ++round) {
    const auto width = static_cast<std::int64_t>(1 + random() % 23),
               height = static_cast<std::int64_t>(1 + random() % 23);
    std::vector<bool> wanted(static_cast<std::size_t>(width * height));
    const unsigned rare = 1 + random() % 60;
    bool any = false;
    for (std::size_t i = 0; i < wanted.size(); ++i) any |= wanted[i] = random() % rare == 0;
    NearestSquare nearest(width, height, [&](std::int64_t i) { return wanted[i]; });
    std::int64_t visited = 0;
    for (std::int64_t row = 0; row < height; ++row)
      nearest.visit_row(row, [&](std::int64_t square, std::int64_t other, std::int64_t squared) {
        ++visited;
        EXPECT_TRUE(wanted[other]);
        const auto distance = [&](std::int64_t a) {
          const std::int64_t dx = a % width - square % width, dy = a / width - square / width;
          return dx * dx + dy * dy;
        };
        EXPECT_EQ(squared, distance(other));
        std::int64_t best = squared;
        for (std::int64_t i = 0; i < width * height; ++i)
          if (wanted[i]) best = std::min(best, distance(i));
        EXPECT_EQ(squared, best);
      });
    EXPECT_EQ(visited, any ? width * height : 0);
  }
}

}  // namespace
}  // namespace treewalk
