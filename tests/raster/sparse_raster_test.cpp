// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Rasters in blocks against brute force over a map of their cells, and against one array where that is possible.
#include "core/raster/sparse_raster.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "core/raster/ground_surface.h"
#include "tests/stand_in/device.h"
#include "tests/support/array_raster.h"
#include "tests/support/support.h"

using namespace treewalk;
using namespace treewalk::test;

namespace {

constexpr std::int64_t kSide = std::int64_t{1} << RasterBlocks::kShift;
constexpr float kEmpty = Raster::kEmpty;
using Place = std::pair<std::int64_t, std::int64_t>;  // column and row of a cell
using Cells = std::map<Place, float>;

std::vector<float> heights(const Raster& raster) {
  const at::Tensor value = raster.value.cpu();
  return {value.const_data_ptr<float>(), value.const_data_ptr<float>() + value.size(0)};
}

// Where each number of a raster in blocks lies.
std::vector<Place> places(const Raster& raster) {
  const at::Tensor key = raster.tables->level.front().key.cpu();
  std::vector<Place> all;
  for (std::int64_t b = 0; b < key.size(0); ++b)
    for (std::int64_t c = 0; c < kSide * kSide; ++c) {
      const std::int64_t k = key.const_data_ptr<std::int64_t>()[b];
      all.emplace_back((k & 0xffffffff) * kSide + c % kSide, (k >> 32) * kSide + c / kSide);
    }
  return all;
}

Cells cells_of(const Raster& raster) {
  const auto value = heights(raster);
  const auto place = places(raster);
  Cells cells;
  for (std::size_t c = 0; c < value.size(); ++c) cells[place[c]] = value[c];
  return cells;
}

// A town in three patches, some of them with gaps, and points far from it on all sides.
at::Tensor town_with_strays(std::uint64_t seed, std::int64_t size = 9000) {
  at::Tensor points = uniform_points(size, seed);
  float* p = points.data_ptr<float>();
  for (std::int64_t i = 0; i < size; ++i, p += 3) {
    const int patch = static_cast<int>(i % 3);
    p[0] = 1000 + 90 * patch + 130 * p[0];
    p[1] = 2000 + (patch == 1 ? 100 : 0) + 110 * p[1];
    p[2] = 10 * p[2];
  }
  const float far[][3] = {{0, 0, 0}, {70000, 2000, 5}, {1300, 80000, -3}, {90000, 90000, 7}};
  for (int k = 0; k < 4; ++k) std::copy(far[k], far[k] + 3, points.data_ptr<float>() + 3 * (7 + 100 * k));
  return points;
}

Raster random_blocks(const std::vector<std::int64_t>& key, double empty, std::uint64_t seed) {
  std::int64_t width = 0, height = 0;
  for (const std::int64_t k : key) {
    width = std::max(width, ((k & 0xffffffff) + 1) * kSide);
    height = std::max(height, ((k >> 32) + 1) * kSide);
  }
  Raster raster = in_blocks({width, height, 0, 0, 1}, block_tables(key, c10::kCPU));
  raster.value = at::empty({raster.size()}, at::kFloat);
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform;
  for (std::int64_t c = 0; c < raster.size(); ++c)
    raster.value.data_ptr<float>()[c] = uniform(random) < empty ? kEmpty : static_cast<float>(uniform(random));
  return raster;
}

std::int64_t key_at(std::int64_t column, std::int64_t row) { return RasterBlocks::key_of(column, row); }

// Blocks in an L, a corner that touches another's, a ring around nothing, and one that is far from all.
const std::vector<std::int64_t> kIslands = {key_at(0, 0), key_at(1, 0), key_at(3, 0), key_at(4, 0),  key_at(5, 0),
                                            key_at(0, 1), key_at(3, 1), key_at(5, 1), key_at(1, 2),  key_at(3, 2),
                                            key_at(4, 2), key_at(5, 2), key_at(2, 3), key_at(70, 90)};

ArrayRaster in_one_array(std::int64_t width, std::int64_t height, const Raster& blocks) {
  ArrayRaster raster{width, height, 0, 0, 1, std::vector<float>(width * height)};
  for (const auto& [place, z] : cells_of(blocks)) raster.value[place.second * width + place.first] = z;
  return raster;
}

// Combines what one pass over lines along an axis finds in windows: the least height, the greatest, or the mean.
enum class Want { least, greatest, mean };
Cells pass(const Cells& cells, std::int64_t radius, bool along_x, Want want) {
  Cells result;
  for (const auto& [place, ignored] : cells) {
    float best = kEmpty, sum = 0;
    int count = 0;
    for (std::int64_t d = -radius; d <= radius; ++d) {
      const auto found = cells.find({place.first + (along_x ? d : 0), place.second + (along_x ? 0 : d)});
      if (found == cells.end()) continue;
      const float z = found->second;
      sum += z;
      ++count;
      if (z != kEmpty && (best == kEmpty || (want == Want::least ? z < best : z > best))) best = z;
    }
    result[place] = want == Want::mean ? sum / static_cast<float>(count) : best;
  }
  return result;
}
Cells windows(const Cells& cells, std::int64_t radius, Want want) {
  return pass(pass(cells, radius, true, want), radius, false, want);
}

// Bilinear among the cells that exist: in a row the one that is there, and the row that is there.
float between(const Cells& cells, double u, double v) {
  const auto i = static_cast<std::int64_t>(std::floor(u)), j = static_cast<std::int64_t>(std::floor(v));
  const auto mix = [](float x, float y, double share) {
    if (std::isnan(x) || std::isnan(y)) return std::isnan(x) ? y : x;
    return static_cast<float>(x * (1 - share) + y * share);
  };
  const auto at = [&](std::int64_t x, std::int64_t y) {
    const auto found = cells.find({x, y});
    return found == cells.end() ? std::nanf("") : found->second;
  };
  return mix(mix(at(i, j), at(i + 1, j), u - i), mix(at(i, j + 1), at(i + 1, j + 1), u - i), v - j);
}

Cells filled(const Cells& cells, int sweeps, int level = 0) {
  if (cells.size() == 1) return {{cells.begin()->first, cells.begin()->second == kEmpty ? 0 : cells.begin()->second}};
  std::map<Place, std::pair<double, int>> sum;
  for (const auto& [place, z] : cells) {
    auto& up = sum[{place.first / 2, place.second / 2}];
    if (z != kEmpty) up.first += z, ++up.second;
  }
  Cells coarser;
  for (const auto& [place, up] : sum) coarser[place] = up.second ? static_cast<float>(up.first / up.second) : kEmpty;
  coarser = filled(coarser, sweeps, level + 1);
  Cells result = cells;
  std::vector<Place> holes;
  for (auto& [place, z] : result) {
    if (z != kEmpty) continue;
    holes.push_back(place);
    z = between(coarser, 0.5 * place.first - 0.25, 0.5 * place.second - 0.25);
  }
  for (int s = 0; s < (level < 4 ? sweeps : 0); ++s) {
    const Cells before = result;
    for (const auto& [x, y] : holes) {
      double total = 0, count = 0;
      for (const Place& beside : {Place{x - 1, y}, {x + 1, y}, {x, y - 1}, {x, y + 1}})
        if (const auto found = before.find(beside); found != before.end()) total += found->second, ++count;
      if (count > 0) result[{x, y}] = static_cast<float>(total / count);
    }
  }
  return result;
}

void expect_near(const Cells& found, const Cells& expected, double most) {
  ASSERT_EQ(found.size(), expected.size());
  for (const auto& [place, z] : expected)
    ASSERT_NEAR(found.at(place), z, most) << "cell " << place.first << ", " << place.second;
}

// Everything that is done with rasters, one after the other.
template <class AnyRaster>
std::vector<AnyRaster> results(const AnyRaster& raster, const AnyRaster& empty) {
  std::vector<AnyRaster> all;
  for (const std::int64_t radius : {1, 7, 29, 64, 150}) {
    all.push_back(open(raster, radius));
    all.push_back(close(raster, radius));
  }
  const AnyRaster whole = without_holes(raster, 4);
  for (const std::int64_t radius : {1, 7, 80}) all.push_back(box_mean(whole, radius));
  all.insert(all.end(), {whole, slope_of(whole), without_holes(empty, 2)});
  return all;
}
std::vector<Raster> results(const Raster& raster) { return results(raster, raster.like(kEmpty)); }

// The ground under points, by one chain of openings, and its slope.
std::vector<Raster> ground_of(const at::Tensor& position) {
  const LowSurface surface = low_surface(position, 1, 4, {0, 0, 0});
  Raster excess = surface.low.like(-kEmpty);
  opening_chain(surface.low, kChainRadii, [&](double, double radius, const Raster& before, const Raster& after) {
    raise_excess(excess, before, after, 0.3, radius);
  });
  const Raster ground = ground_without(surface.low, surface.valid, excess, 4);
  return {ground, slope_of(ground)};
}

}  // namespace

TEST(SparseRaster, HasTheBlocksThatHoldPointsAndTheirLowest) {
  const at::Tensor points = town_with_strays(1);
  const Raster raster = lowest_points(points, 1, {0, 0, 0});
  EXPECT_EQ(raster.cell, 1);
  Cells lowest;
  std::set<Place> blocks;
  for (std::int64_t i = 0; i < points.size(0); ++i) {
    const float* p = points.const_data_ptr<float>() + 3 * i;
    const Place place{static_cast<std::int64_t>(p[0]), static_cast<std::int64_t>(p[1])};  // the minimum is 0,0
    blocks.insert({place.first / kSide, place.second / kSide});
    const auto [found, first] = lowest.emplace(place, p[2]);
    if (!first) found->second = std::min(found->second, p[2]);
  }
  EXPECT_EQ(raster.size(), static_cast<std::int64_t>(blocks.size()) * kSide * kSide);
  for (const auto& [place, z] : cells_of(raster)) {
    EXPECT_TRUE(blocks.count({place.first / kSide, place.second / kSide}));
    ASSERT_EQ(z, lowest.count(place) ? lowest.at(place) : kEmpty);
  }
}

TEST(SparseRaster, MorphologyAndMeansEqualBruteForce) {
  for (const double empty : {0.0, 0.4, 0.999}) {
    const Raster raster = random_blocks(kIslands, empty, 3);
    const Cells cells = cells_of(raster);
    for (const std::int64_t radius : {0, 5, 64, empty == 0.4 ? 140 : 1}) {
      EXPECT_EQ(cells_of(erode(raster, radius)), windows(cells, radius, Want::least)) << "radius " << radius;
      EXPECT_EQ(cells_of(dilate(raster, radius)), windows(cells, radius, Want::greatest)) << "radius " << radius;
    }
    if (empty > 0) continue;
    for (const std::int64_t radius : {1, 70})
      EXPECT_EQ(cells_of(box_mean(raster, radius)), windows(cells, radius, Want::mean)) << "radius " << radius;
  }
}

TEST(SparseRaster, FillsHolesAsAPyramidOverItsCellsDoes) {
  for (const double empty : {0.3, 0.9, 0.9999}) {
    Raster raster = random_blocks(kIslands, empty, 5);
    raster.value.narrow(0, 0, 2 * kSide * kSide).fill_(kEmpty);  // two blocks without any height
    for (const int sweeps : {0, 4}) {
      const Raster whole = without_holes(raster, sweeps);
      expect_near(cells_of(whole), filled(cells_of(raster), sweeps), 2e-6);
    }
  }
}

TEST(SparseRaster, SlopesAndInterpolationUseWhatExists) {
  const Raster raster = random_blocks(kIslands, 0, 7);
  const Cells cells = cells_of(raster), smooth = windows(cells, 1, Want::mean), slopes = cells_of(slope_of(raster));
  for (const auto& [place, z] : slopes) {
    const auto along = [&, x = place.first, y = place.second](std::int64_t dx, std::int64_t dy) {
      const bool low = smooth.count({x - dx, y - dy}), high = smooth.count({x + dx, y + dy});
      const Place from{low ? x - dx : x, low ? y - dy : y}, to{high ? x + dx : x, high ? y + dy : y};
      return low || high ? double(smooth.at(to) - smooth.at(from)) / (low + high) : 0;
    };
    ASSERT_NEAR(z, std::hypot(along(1, 0), along(0, 1)), 1e-6);
  }
  std::mt19937_64 random(8);
  std::uniform_real_distribution<double> uniform;
  for (const auto& [place, z] : cells) {
    const double x = place.first + uniform(random), y = place.second + uniform(random);
    ASSERT_NEAR(raster.spot(x, y).in(raster.heights()), between(cells, x - 0.5, y - 0.5), 2e-6);
    ASSERT_EQ(raster.heights()[raster.index(x, y)], z);
  }
}

TEST(SparseRaster, ThatFillsARectangleHasTheBitsOfAnArray) {
  const std::int64_t width = 5 * kSide, height = 3 * kSide;
  for (const double empty : {0.0, 0.5, 0.99}) {
    std::vector<std::int64_t> key;
    for (int row = 0; row < 3; ++row)
      for (int column = 0; column < 5; ++column) key.push_back(key_at(column, row));
    const Raster blocks = random_blocks(key, empty, 11);
    const ArrayRaster array = in_one_array(width, height, blocks);
    const auto sparse = results(blocks);
    const auto dense = results(array, array.with(std::vector<float>(width * height, kEmpty)));
    ASSERT_EQ(sparse.size(), dense.size());
    for (std::size_t k = 0; k < dense.size(); ++k)
      EXPECT_EQ(in_one_array(width, height, sparse[k]).value, dense[k].value) << "result " << k;
    const Raster whole = without_holes(blocks, 4);
    const ArrayRaster other = without_holes(array, 4);
    for (double x = 0.01; x < static_cast<double>(width); x += 0.37)
      for (double y = 0.02; y < static_cast<double>(height); y += 5.3)
        ASSERT_EQ(whole.spot(x, y).in(whole.heights()), other.over(x, y)) << x << ", " << y;
  }
}

TEST(SparseRaster, IsTheSameForAnyNumberOfThreadsAndOnADevice) {
  const at::Tensor points = town_with_strays(13);
  const auto everything = [](const at::Tensor& position) {
    auto all = results(lowest_points(position, 1, {0, 0, 0}));
    all.push_back(lowest_points(position, 1, {0, 0, 0}));
    for (const Raster& raster : ground_of(position)) all.push_back(raster);
    return all;
  };
  expect_same_for_threads([&] { return everything(points); },
                          [](const auto& a, const auto& b) {
                            for (std::size_t k = 0; k < a.size(); ++k) EXPECT_EQ(heights(a[k]), heights(b[k]));
                          });
  const auto here = everything(points), there = everything(points.to(tested_device()));
  for (std::size_t k = 0; k < here.size(); ++k) EXPECT_TRUE(same_there(there[k].value, here[k].value)) << k;
}

TEST(SparseRaster, OrderOfPointsDoesNotMatter) {
  const at::Tensor points = town_with_strays(17);
  EXPECT_EQ(cells_of(lowest_points(points, 1, {0, 0, 0})),
            cells_of(lowest_points(points.flip(0).contiguous(), 1, {0, 0, 0})));
}

// Whole blocks away, so that the cells of the town stay where they are.
TEST(SparseRaster, PointsFarAwayMoveNoHeight) {
  const at::Tensor points = town_with_strays(19), other = points.clone();
  for (const int i : {107, 207, 307}) {
    other.data_ptr<float>()[3 * i] = 64000 + static_cast<float>(i);
    other.data_ptr<float>()[3 * i + 1] = 128000 - static_cast<float>(i);
    other.data_ptr<float>()[3 * i + 2] = -500;
  }
  const auto a = ground_of(points), b = ground_of(other);
  for (std::int64_t i = 0; i < points.size(0); ++i) {
    if (i % 100 == 7 && i < 400) continue;
    const float* p = points.const_data_ptr<float>() + 3 * i;
    for (std::size_t k = 0; k < a.size(); ++k)
      ASSERT_EQ(a[k].spot(p[0], p[1]).in(a[k].heights()), b[k].spot(p[0], p[1]).in(b[k].heights())) << i;
  }
}

TEST(SparseRaster, OfAThinCloudGrowsItsCellsInsteadOfItsMemory) {
  at::Tensor points = uniform_points(30000, 23);
  points = points.mul(at::tensor({3e5f, 3e5f, 10.0f})).contiguous();
  const Raster raster = lowest_points(points, 1, {0, 0, 0});
  EXPECT_GT(raster.cell, 1);
  EXPECT_LE(raster.size(), 1 << 22);
  const float far[] = {1e30f, -1e30f, 0};
  std::copy(far, far + 3, points.data_ptr<float>());
  EXPECT_LE(lowest_points(points, 1, {0, 0, 0}).size(), 1 << 22);
}

// 5,000 points along 60 km would be 937 blocks; 64 cells a point are 78.
TEST(SparseRaster, OfFewPointsFarFromEachOtherTakesLittleWork) {
  const at::Tensor points = uniform_points(5000, 29).mul(at::tensor({6e4f, 40.0f, 10.0f})).contiguous();
  const Raster raster = lowest_points(points, 1, {0, 0, 0});
  EXPECT_GT(raster.cell, 1);
  EXPECT_LE(raster.size(), 64 * 5000);
  const at::Tensor few = points.narrow(0, 0, 60).contiguous();  // 64 blocks are always allowed
  EXPECT_EQ(lowest_points(few, 1, {0, 0, 0}).cell, 1);
}
