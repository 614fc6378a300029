// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/scene/moments.h"

#include <ATen/ops/empty_like.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "core/scene/eigen3_kernel.h"
#include "core/scene/moments_kernel.h"
#include "tests/support/support.h"

using namespace treewalk;
using namespace treewalk::test;

namespace {

Symmetric3 from_eigen(const Vector3& w, const std::array<Vector3, 3>& v) {
  Symmetric3 a{};
  for (int i = 0; i < 3; ++i) {
    const auto& e = v[i];
    const double full[6] = {e[0] * e[0], e[0] * e[1], e[0] * e[2], e[1] * e[1], e[1] * e[2], e[2] * e[2]};
    for (int j = 0; j < 6; ++j) a[j] += w[i] * full[j];
  }
  return a;
}

Vector3 unit(Vector3 v) {
  const double size = std::sqrt(dot(v, v));
  for (double& x : v) x /= size;
  return v;
}

std::array<Vector3, 3> random_frame(std::mt19937_64& random) {
  std::normal_distribution<double> normal;
  const Vector3 a = unit({normal(random), normal(random), normal(random)});
  const Vector3 b = unit(cross(a, {normal(random), normal(random), normal(random)}));
  return {a, b, cross(a, b)};
}

// Mean and scatter of points in double, two passes.
Moments direct(const std::vector<Vector3>& points) {
  Moments m;
  m.count = static_cast<double>(points.size());
  for (const auto& p : points)
    for (int a = 0; a < 3; ++a) m.mean[a] += p[a] / m.count;
  for (const auto& p : points) {
    const double x = p[0] - m.mean[0], y = p[1] - m.mean[1], z = p[2] - m.mean[2];
    const double full[6] = {x * x, x * y, x * z, y * y, y * z, z * z};
    for (int j = 0; j < 6; ++j) m.scatter[j] += full[j];
  }
  return m;
}

void expect_near(const Moments& a, const Moments& b, double step) {
  EXPECT_EQ(a.count, b.count);
  for (int i = 0; i < 3; ++i) EXPECT_NEAR(a.mean[i], b.mean[i], step);
  for (int i = 0; i < 6; ++i) EXPECT_NEAR(a.scatter[i], b.scatter[i], 4 * step * b.count * 16);
}

struct Built {
  Octree octree;
  CellMoments moments;
  at::Tensor sorted, offset;  // [N,3]
};

Built build(const at::Tensor& points, const Grid& grid, int levels) {
  Built b;
  b.octree = build_octree(points, grid, levels);
  b.sorted = at::empty_like(points);
  b.offset = at::empty_like(points);
  b.moments = leaf_to_root_moments(b.octree, points, {grid.origin}, b.sorted, b.offset);
  return b;
}

const Symmetric3 kLine = {1, 2, -2, 4, -4, 4};  // (1, 2, -2)(1, 2, -2)^T

}  // namespace

TEST(Lattice, NumbersGoToTheNearestMultipleAsRoundingByTheLibrarySays) {
  EXPECT_EQ(floor_of(-0.0), 0);
  std::mt19937_64 random(4);
  for (const double step : {1.0, 0x1p-30, 0x1p10}) {
    EXPECT_EQ(inverse_of(step), 1 / step);
    for (int i = 0; i < 4000; ++i) {
      const double size = std::exp2(static_cast<double>(random() % 60) - 4);
      double x = (static_cast<double>(random() >> 11) * 0x1p-52 - 1) * size;
      if (i % 3 == 0) x = std::round(2 * x) / 2;  // half-way
      EXPECT_EQ(floor_of(x), std::floor(x)) << x;
      EXPECT_EQ(on_lattice(x * step, step), std::floor(x + 0.5) * step) << x;
      EXPECT_EQ(on_lattice(x, 0), x);
    }
  }
}

TEST(Eigen3, RebuildsRandomMatricesFromOrthonormalVectors) {
  std::mt19937_64 random(5);
  std::normal_distribution<double> normal;
  for (int trial = 0; trial < 500; ++trial) {
    Symmetric3 a;
    for (double& x : a) x = normal(random);
    const Eigen3 e = symmetric_eigen(a);
    EXPECT_LE(e.value[0], e.value[1]);
    EXPECT_LE(e.value[1], e.value[2]);
    for (int i = 0; i < 3; ++i)
      for (int j = 0; j < 3; ++j) EXPECT_NEAR(dot(e.vector[i], e.vector[j]), i == j, 1e-14);
    const Symmetric3 b = from_eigen(e.value, e.vector);
    for (int i = 0; i < 6; ++i) EXPECT_NEAR(a[i], b[i], 1e-13);
  }
}

TEST(Eigen3, SolvesDiagonalAndZeroMatricesExactly) {
  const Eigen3 e = symmetric_eigen({3, 0, 0, 1, 0, 2});
  EXPECT_EQ(e.value, (Vector3{1, 2, 3}));
  EXPECT_EQ(e.vector[0], (Vector3{0, 1, 0}));
  EXPECT_EQ(symmetric_eigen({0, 0, 0, 0, 0, 0}).value, (Vector3{0, 0, 0}));
}

TEST(FitPlane, FindsTheSmallestAxisOfRandomEllipsoids) {
  std::mt19937_64 random(6);
  for (int trial = 0; trial < 2000; ++trial) {
    const auto frame = random_frame(random);
    // From round to nearly flat and nearly straight, of any scale.
    const double scale = std::pow(10.0, static_cast<double>(random() % 21) - 10);
    const double w1 = std::pow(10.0, -static_cast<double>(random() % 5));
    const double w0 = w1 * (trial % 3 == 0 ? 0.0 : 0.9 / (1 + random() % 10));
    const PlaneFit fit = fit_plane(from_eigen({w0 * scale, w1 * scale, scale}, frame), {1, 2, 3});
    EXPECT_NEAR(std::abs(dot(fit.normal, frame[0])), 1, 1e-10);
    EXPECT_GT(dot(fit.normal, {1, 2, 3}), 0);
    EXPECT_NEAR(fit.value[0], w0 * scale, 1e-12 * scale);
    EXPECT_NEAR(fit.value[1], w1 * scale, 1e-8 * scale);
    EXPECT_NEAR(fit.value[2], scale, 1e-8 * scale);
  }
}

TEST(FitPlane, TakesTheDirectionNearestToTheReferenceWhereThePointsLeaveItOpen) {
  EXPECT_EQ(fit_plane({0, 0, 0, 0, 0, 0}, {0, 0, 2}).normal, (Vector3{0, 0, 1}));
  EXPECT_EQ(fit_plane({0, 0, 0, 0, 0, 0}, {0, 0, 0}).normal, (Vector3{0, 0, 1}));
  EXPECT_EQ(fit_plane({2, 0, 0, 2, 0, 2}, {0, -3, 0}).normal, (Vector3{0, -1, 0}));
  const Vector3 normal = fit_plane(kLine, {0, 0, 1}).normal;
  EXPECT_NEAR(dot(normal, {1, 2, -2}), 0, 1e-12);
  EXPECT_NEAR(normal[2], std::sqrt(1 - 4.0 / 9), 1e-12);
  const Vector3 along = fit_plane(kLine, {1, 2, -2}).normal;  // the reference says nothing
  EXPECT_NEAR(dot(along, {1, 2, -2}), 0, 1e-12);
  EXPECT_NEAR(dot(along, along), 1, 1e-12);
}

TEST(FitPlane, SettlesTheSignOfNormalsAcrossTheReference) {
  EXPECT_EQ(fit_plane({1, 0, 0, 0, 0, 1}, {1, 0, 0}).normal, (Vector3{0, 1, 0}));
  EXPECT_EQ(fit_plane({1, 0, 0, 1, 0, 0}, {0, 1, 0}).normal, (Vector3{0, 0, 1}));
}

TEST(Moments, OfTheUnionEqualThoseOfAllPoints) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> uniform;
  std::vector<Vector3> all;
  std::vector<Moments> part;
  for (int i = 0; i < 9; ++i) {
    std::vector<Vector3> some(1 + random() % 20);
    for (auto& p : some) p = {1000 + uniform(random), -500 + uniform(random), uniform(random)};
    part.push_back(direct(some));
    all.insert(all.end(), some.begin(), some.end());
  }
  const Moments sum = sum_of(part.data(), 9), expected = direct(all);
  EXPECT_EQ(sum.count, expected.count);
  for (int i = 0; i < 3; ++i) EXPECT_NEAR(sum.mean[i], expected.mean[i], 1e-12);
  for (int i = 0; i < 6; ++i) EXPECT_NEAR(sum.scatter[i], expected.scatter[i], 1e-10);
  EXPECT_EQ(sum_of(nullptr, 0).count, 0);
}

TEST(Moments, OfCellsAgreeWithDirectSumsOnEveryLevel) {
  const auto points = surface_points(3000, 3);
  const Grid grid{{-0.02, -0.013, -0.3}, 0.03};
  const Built b = build(points, grid, 5);
  for (int l = 0; l < 5; ++l) {
    const LevelArrays level = b.moments.level[l].arrays();
    const float* sorted = b.sorted.const_data_ptr<float>();
    const auto* first = b.octree.level[l].point.const_data_ptr<std::int32_t>();
    const auto* order = b.octree.order.const_data_ptr<std::int32_t>();
    ASSERT_EQ(level.size, b.octree.level[l].size());
    for (std::int64_t c = 0; c < level.size; ++c) {
      std::vector<Vector3> inside;
      for (int i = first[c]; i < first[c + 1]; ++i) {
        const float* p = points.const_data_ptr<float>() + 3 * order[i];
        inside.push_back({p[0] - grid.origin[0], p[1] - grid.origin[1], p[2] - grid.origin[2]});
        for (int a = 0; a < 3; ++a) {
          EXPECT_EQ(level.coordinate[c][a], std::floor(inside.back()[a] / level.cell_size));
          EXPECT_EQ(sorted[3 * i + a], static_cast<float>(inside.back()[a]));
        }
      }
      expect_near(level.raw[c], direct(inside), 0.03 / 65536 * (l + 1));
    }
  }
}

TEST(Moments, KeepMillimetresInATileOfAKilometre) {
  // A slanted plane of 1 mm cells, a kilometre from the grid's origin; float32 resolves 2^-14 m there.
  auto points = uniform_points(2000, 4);
  float* p = points.data_ptr<float>();
  for (int i = 0; i < 2000; ++i) {
    p[3 * i] = 1000 + std::round(p[3 * i] * 64) / 16384;
    p[3 * i + 1] = 1000 + std::round(p[3 * i + 1] * 64) / 16384;
    p[3 * i + 2] = p[3 * i];
  }
  const Built b = build(points, {{0, 0, 0}, 0.001}, 3);
  const Moments all = *moments_of_all(b.moments).get();
  const PlaneFit fit = fit_plane(all.covariance(), {-1, 0, 1});
  EXPECT_NEAR(fit.normal[0], -std::sqrt(0.5), 1e-5);
  EXPECT_NEAR(fit.normal[2], std::sqrt(0.5), 1e-5);
  EXPECT_LT(std::sqrt(fit.value[0]), 1e-7);
}

TEST(Moments, OfEqualPointsHaveNoScatter) {
  auto points = at::empty({100000, 3}, at::kFloat);
  points.fill_(0.3f);
  const Built b = build(points, {{0, 0, 0}, 0.1}, 3);
  for (const auto& moments : b.moments.level) {
    const LevelArrays level = moments.arrays();
    ASSERT_EQ(level.size, 1);
    EXPECT_EQ(level.raw[0].count, 100000);
    EXPECT_EQ(level.raw[0].scatter, (Symmetric3{0, 0, 0, 0, 0, 0}));
    EXPECT_NEAR(level.raw[0].mean[0], 0.3f, 0.1 / 65536);
  }
}
