// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/scene/normalise.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <vector>

#include "tests/support/support.h"

namespace treewalk {
namespace {

using test::points_of;
using test::same_tensor;
using test::uniform_points;

std::vector<int> list(const at::Tensor& index) {
  return {index.const_data_ptr<int>(), index.const_data_ptr<int>() + index.numel()};
}

SceneOptions options_of(const std::string& normalise, const std::string& frame = "input") {
  SceneOptions options;
  options.normalise = normalise;
  options.frame = frame;
  return options;
}

/// A cloud whose three variances differ and whose third moments are positive on each axis: its frame is determined.
at::Tensor skewed_points(std::int64_t size, std::uint64_t seed) {
  return uniform_points(size, seed, at::kDouble).square() * at::tensor({3.0, 1.5, 0.7}, at::kDouble);
}

PointSet with_normals(const at::Tensor& position, const at::Tensor& normal) {
  PointSet points;
  points.position = position.to(at::kFloat);
  points.field["normal"] = normal.to(at::kFloat);
  return points;
}

/// A rotation from three random directions made orthogonal.
at::Tensor random_rotation(std::uint64_t seed) {
  const auto q = std::get<0>(at::linalg_qr(uniform_points(3, seed, at::kDouble) - 0.5));
  return at::linalg_det(q).item<double>() < 0 ? -q : q;
}

double largest(const at::Tensor& x) { return x.abs().max().item<double>(); }

TEST(Thin, GivesExactlySoManyDistinctIndicesInRisingOrder) {
  for (const auto& [size, count] : std::vector<std::pair<int, int>>{{2, 1}, {1000, 999}, {1000, 7}, {30000, 4096}}) {
    const auto chosen = list(thin(uniform_points(size, 1), count));
    ASSERT_EQ(chosen.size(), static_cast<std::size_t>(count));
    EXPECT_TRUE(std::adjacent_find(chosen.begin(), chosen.end(), std::greater_equal<>()) == chosen.end());
    EXPECT_GE(chosen.front(), 0);
    EXPECT_LT(chosen.back(), size);
  }
}

TEST(Thin, TakesAllWhereThereAreNoMore) {
  for (const int count : {5, 6, 1000}) EXPECT_EQ(list(thin(uniform_points(5, 1), count)), (std::vector{0, 1, 2, 3, 4}));
  EXPECT_EQ(thin(at::empty({0, 3}), 10).size(0), 0);
}

TEST(Thin, GivesEveryOctantItsShare) {
  // Octants are runs of the curve, so each gets its share up to one point at either end.
  const auto points = uniform_points(40000, 2);
  const auto chosen = thin(points, 500);
  const auto octants = [](const at::Tensor& p) {
    std::array<int, 8> count{};
    const auto high = (p > 0.5).to(at::kInt).contiguous();
    for (std::int64_t i = 0; i < p.size(0); ++i) {
      const int* h = high.const_data_ptr<int>() + 3 * i;
      ++count[h[0] + 2 * h[1] + 4 * h[2]];
    }
    return count;
  };
  const auto all = octants(points), some = octants(points.index_select(0, chosen));
  for (int o = 0; o < 8; ++o) EXPECT_NEAR(some[o], all[o] * 500 / 40000.0, 2.1) << o;
}

TEST(Thin, IsTheSameForAnyNumberOfThreads) {
  const auto points = test::surface_points(60000, 3);
  test::expect_same_for_threads([&] { return thin(points, 2048); },
                                [](const auto& a, const auto& b) { EXPECT_TRUE(same_tensor(a, b)); });
}

TEST(Thin, SpreadsOverEqualPointsInInputOrder) {
  const auto chosen = list(thin(points_of({0.1f, 0.2f, 0.3f}).repeat({1000, 1}), 4));
  EXPECT_EQ(chosen, (std::vector{125, 375, 625, 875}));
}

TEST(Subset, TakesFieldsAlong) {
  PointSet points = with_normals(uniform_points(10, 1), uniform_points(10, 2));
  points.scale = 3;
  points.viewpoint = {1, 2, 3};
  const auto some = subset(points, at::tensor({2, 7}, at::kInt));
  EXPECT_TRUE(at::equal(some.position[1], points.position[7]));
  EXPECT_TRUE(at::equal(some.field.at("normal")[0], points.field.at("normal")[2]));
  EXPECT_EQ(some.scale, 3);
  EXPECT_EQ(some.viewpoint, points.viewpoint);
}

TEST(Normalised, NoneAndInputLeaveEveryBit) {
  const auto points = with_normals(skewed_points(100, 1), uniform_points(100, 2));
  const auto same = normalised(points, options_of("none"));
  EXPECT_TRUE(same_tensor(same.position, points.position));
  EXPECT_TRUE(same_tensor(same.field.at("normal"), points.field.at("normal")));
  EXPECT_EQ(same.scale, 1);
}

TEST(Normalised, BoxPutsTheLongestSideIntoTheUnitBox) {
  PointSet points;
  points.position = (skewed_points(500, 1) * 40 + 7).to(at::kFloat);
  const auto result = normalised(points, options_of("box"));
  const auto low = std::get<0>(result.position.min(0)), high = std::get<0>(result.position.max(0));
  EXPECT_LT(largest(low + high), 1e-6);
  EXPECT_NEAR(largest(high), 1, 1e-6);
  EXPECT_NEAR(high[0].item<float>(), 1, 1e-6) << "x is the longest side";
}

TEST(Normalised, SpherePutsTheFarthestPointOnTheUnitSphere) {
  PointSet points;
  points.position = (skewed_points(500, 1) * 40 + 7).to(at::kFloat);
  const auto result = normalised(points, options_of("sphere"));
  EXPECT_LT(largest(result.position.mean(0)), 1e-6);
  EXPECT_NEAR(result.position.norm(2, 1).max().item<float>(), 1, 1e-6);
}

TEST(Normalised, ScaleGivesTheUsersUnitsBack) {
  for (const char* normalise : {"box", "sphere"}) {
    PointSet points;
    points.position = (skewed_points(50, 1) * 40 + 7).to(at::kFloat);
    points.scale = 0.5;  // was normalised before
    const auto result = normalised(points, options_of(normalise, "principal"));
    const auto sides = [](const PointSet& p) { return at::pdist(p.position.to(at::kDouble)) * p.scale; };
    EXPECT_LT(largest(sides(result) / sides(points) - 1), 1e-4) << normalise;
  }
}

TEST(Normalised, TheViewpointMovesLikeAPoint) {
  PointSet points;
  points.position = skewed_points(50, 1).to(at::kFloat);
  for (int a = 0; a < 3; ++a) points.viewpoint[a] = points.position[17][a].item<float>();
  for (const char* frame : {"input", "principal"}) {
    const auto result = normalised(points, options_of("sphere", frame));
    for (int a = 0; a < 3; ++a) EXPECT_NEAR(result.viewpoint[a], result.position[17][a].item<float>(), 1e-6);
  }
}

TEST(Normalised, PrincipalAxesStandByFallingVarianceWithPositiveThirdMoments) {
  PointSet points;
  points.position = skewed_points(3000, 4).mm(random_rotation(5)).to(at::kFloat);
  const auto x = normalised(points, options_of("sphere", "principal")).position.to(at::kDouble);
  const auto centred = x - x.mean(0), covariance = centred.t().mm(centred) / 3000;
  for (int a = 0; a < 3; ++a) {
    EXPECT_GT(centred.select(1, a).pow(3).mean().item<double>(), 0);
    for (int b = 0; b < a; ++b) {
      EXPECT_NEAR(covariance[a][b].item<double>(), 0, 1e-6);
      EXPECT_GT(covariance[b][b].item<double>(), covariance[a][a].item<double>());
    }
  }
}

TEST(Normalised, PrincipalFrameIsTheSameForTurnedAndMirroredClouds) {
  const auto x = skewed_points(800, 6);
  const auto direction = uniform_points(800, 7, at::kDouble) - 0.5;
  const auto normal = direction / direction.norm(2, 1, true);
  for (const char* normalise : {"box", "sphere"}) {
    const auto options = options_of(normalise, "principal");
    const auto expected = normalised(with_normals(x, normal), options);
    for (int seed = 10; seed < 15; ++seed) {
      auto turn = random_rotation(seed);
      if (seed % 2 == 0) turn = at::diag(at::tensor({1.0, -1.0, 1.0}, at::kDouble)).mm(turn);
      const auto moved = with_normals(x.mm(turn) * 2.5 + at::tensor({5.0, -3.0, 8.0}, at::kDouble), normal.mm(turn));
      const auto result = normalised(moved, options);
      EXPECT_LT(largest(result.position - expected.position), 1e-5) << normalise << " " << seed;
      EXPECT_LT(largest(result.field.at("normal") - expected.field.at("normal")), 1e-5) << normalise << " " << seed;
      EXPECT_NEAR(result.scale, expected.scale * 2.5, 1e-5);
    }
  }
}

TEST(Normalised, IsTheSameForAnyNumberOfThreads) {
  const auto points = with_normals(skewed_points(70000, 8), uniform_points(70000, 9));
  for (const char* normalise : {"none", "box", "sphere"})
    for (const char* frame : {"input", "principal"})
      test::expect_same_for_threads([&] { return normalised(points, options_of(normalise, frame)); },
                                    [](const auto& a, const auto& b) {
                                      EXPECT_TRUE(same_tensor(a.position, b.position));
                                      EXPECT_TRUE(same_tensor(a.field.at("normal"), b.field.at("normal")));
                                      EXPECT_EQ(a.viewpoint, b.viewpoint);
                                      EXPECT_EQ(a.scale, b.scale);
                                    });
}

TEST(Normalised, EqualPointsAreOnlyMoved) {
  for (const std::int64_t size : {1, 2, 1000})
    for (const char* normalise : {"none", "box", "sphere"})
      for (const char* frame : {"input", "principal"}) {
        const auto result =
            normalised(with_normals(points_of({0.1f, -7.3f, 250.7f}).repeat({size, 1}), uniform_points(size, 1)),
                       options_of(normalise, frame));
        EXPECT_TRUE(at::isfinite(result.position).all().item<bool>());
        EXPECT_TRUE(at::isfinite(result.field.at("normal")).all().item<bool>());
        EXPECT_EQ(result.scale, 1);
        if (std::string(normalise) != "none") {
          EXPECT_EQ(largest(result.position), 0);
        }
      }
  EXPECT_EQ(normalised(with_normals(at::empty({0, 3}), at::empty({0, 3})), options_of("box", "principal")).size(), 0);
}

}  // namespace
}  // namespace treewalk
