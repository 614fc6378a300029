// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Changes that put objects on the ground or bend it.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "tests/training/augment_support.h"

namespace treewalk {
namespace {

using namespace test;

TEST(Augmentation, BuildingsLabelExactlyThePointsTheyMove) {
  const Sample sample = make_sample(4000);
  const Augmentation flat =
      chain(R"({"buildings": {"class": "object", "ground": "ground", "count": [1, 1], "half_size": [3, 8],
                              "gabled": 0, "height": [5, 9]}})");
  int built = 0;
  for (std::uint64_t step = 0; step < 10; ++step) {
    const Sample town = flat(sample, {6, step});
    std::set<float> roofs;
    for (std::int64_t i = 0; i < 4000; ++i) {
      EXPECT_EQ(at_point(town, i)[0], at_point(sample, i)[0]);
      EXPECT_EQ(at_point(town, i)[1], at_point(sample, i)[1]);
      if (at_point(town, i)[2] == at_point(sample, i)[2]) {
        EXPECT_EQ(town.label[i], sample.label[i]);
        continue;
      }
      EXPECT_EQ(town.label[i], 1);
      EXPECT_EQ(normal_of(town, i)[2], 1);
      roofs.insert(at_point(town, i)[2]);
    }
    EXPECT_LE(roofs.size(), 1u);
    built += roofs.size();
    for (const float roof : roofs) EXPECT_NEAR(roof, 8, 3);  // ground about 1, height 5 to 9
  }
  EXPECT_GT(built, 5);
}

TEST(Augmentation, VegetationRaisesGroundPointsOnly) {
  const Sample sample = make_sample(4000);
  const Sample grown =
      chain(R"({"vegetation": {"class": "object", "ground": "ground", "share": [0.1, 0.1]}})")(sample, {1, 0});
  int raised = 0, ground = 0;
  for (std::int64_t i = 0; i < 4000; ++i) {
    const double lift = at_point(grown, i)[2] - at_point(sample, i)[2];
    ground += sample.label[i] == 0;
    if (lift == 0) {
      EXPECT_EQ(grown.label[i], sample.label[i]);
      continue;
    }
    EXPECT_EQ(sample.label[i], 0);
    EXPECT_EQ(grown.label[i], 1);
    EXPECT_GE(lift, 0.7 - 1e-5);
    ++raised;
  }
  EXPECT_NEAR(raised, 0.1 * ground, 0.03 * ground);
}

/// Triples p, p + h x, p + h y on the plane z = 1, normals up.
Sample make_triples(std::int64_t n, float h) {
  Sample sample = make_sample(3 * n);
  for (std::int64_t i = 0; i < 3 * n; ++i) {
    float* p = sample.position.data() + 3 * i;
    const float* first = at_point(sample, i / 3 * 3);
    p[0] = first[0] + (i % 3 == 1 ? h : 0);
    p[1] = first[1] + (i % 3 == 2 ? h : 0);
    p[2] = 1;
    float* normal = sample.normal() + 3 * i;
    normal[0] = normal[1] = 0;
    normal[2] = 1;
  }
  return sample;
}

TEST(Augmentation, NormalsFollowTheSurface) {
  const Sample plane = make_triples(500, 0.01f);
  for (const char* text : {R"({"slope": [0.3]})", R"({"sines": 0.04})", R"({"relief": 1})", R"({"warp": 0.35})",
                           R"({"stretch": [0.5, 2], "tilt": 1})"})
    for (std::uint64_t step = 0; step < 4; ++step) {
      const Sample bent = chain(text)(plane, {8, step});
      EXPECT_EQ(bent.label, plane.label);
      int right = 0;
      for (std::int64_t t = 0; t < 500; ++t) {
        const float *p = at_point(bent, 3 * t), *q = at_point(bent, 3 * t + 1), *r = at_point(bent, 3 * t + 2);
        const double u[3] = {q[0] - p[0], q[1] - p[1], q[2] - p[2]}, v[3] = {r[0] - p[0], r[1] - p[1], r[2] - p[2]};
        const double cross[3] = {u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]};
        const double length = std::hypot(cross[0], cross[1], cross[2]);
        double cosine = 0;
        for (int a = 0; a < 3; ++a) cosine += cross[a] / length * normal_of(bent, 3 * t)[a];
        right += cosine > 0.999;
      }
      EXPECT_GT(right, 470) << text;  // a few triples lie across an edge of the relief
    }
}

TEST(Augmentation, TerrainChangesMoveInHeightOnly) {
  const Sample sample = make_sample(1000);
  const Sample moved = chain(R"({"slope": [0.3], "sines": 0.04, "relief": 1})")(sample, {1, 1});
  EXPECT_EQ(moved.label, sample.label);
  bool any = false;
  for (std::int64_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(at_point(moved, i)[0], at_point(sample, i)[0]);
    EXPECT_EQ(at_point(moved, i)[1], at_point(sample, i)[1]);
    any = any || at_point(moved, i)[2] != at_point(sample, i)[2];
  }
  EXPECT_TRUE(any);
}

TEST(Augmentation, WiresHangOverTheGroundAlongLines) {
  Sample sample = make_sample(20000);
  for (std::int64_t i = 0; i < sample.size(); ++i) sample.point(i)[2] = 0.1f * sample.point(i)[0];  // a slope
  const Augmentation one = chain(R"({"wires": {"class": "object", "ground": "ground", "count": [1, 1],
                                      "conductors": [1, 1], "height": [8, 8], "share": [1, 1], "spacing": 0.5,
                                      "sag": 0, "strip": 1}})");
  int hanging = 0;
  for (std::uint64_t step = 0; step < 10; ++step) {
    const Sample wired = one(sample, {3, step});
    std::vector<const float*> wire;
    for (std::int64_t i = 0; i < sample.size(); ++i) {
      const float *p = at_point(wired, i), *before = at_point(sample, i);
      if (p[2] == before[2]) {
        EXPECT_EQ(wired.label[i], sample.label[i]);
        continue;
      }
      EXPECT_EQ(sample.label[i], 0);
      EXPECT_EQ(wired.label[i], 1);
      EXPECT_LE(std::hypot(p[0] - before[0], p[1] - before[1]), 0.5 + 1e-4) << "half of the strip's width";
      EXPECT_NEAR(p[2], 0.1 * p[0] + 8.25, 0.3);  // 8 m and up to the spacing over the slope
      wire.push_back(p);
    }
    hanging += static_cast<int>(wire.size());
    if (wire.size() < 3) continue;
    // All of one conductor are on one line on the map: the triangle of any three has no area.
    const float *a = wire.front(), *b = wire.back();
    const double length = std::hypot(b[0] - a[0], b[1] - a[1]);
    for (const float* c : wire)
      EXPECT_LE(std::fabs((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])), 1e-3 * length * 40);
  }
  EXPECT_GT(hanging, 500);
}

TEST(Augmentation, GroundMayBeSeveralClasses) {
  const Sample sample = make_sample(1000);
  const Sample grown = chain(R"({"vegetation": {"class": "object", "ground": ["ground", "object"],
                                                "share": [1, 1]}})")(sample, {1, 0});
  for (std::int64_t i = 0; i < 1000; ++i)
    EXPECT_EQ(at_point(grown, i)[2] > at_point(sample, i)[2], sample.label[i] >= 0);
}

}  // namespace
}  // namespace treewalk
