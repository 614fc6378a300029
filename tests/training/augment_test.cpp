// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/augment.h"

#include <ATen/ops/empty.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <set>

#include "core/recipe/recipe_fields.h"
#include "core/training/augment_stream.h"

namespace treewalk {
namespace {

const std::vector<std::string> kClasses{"ground", "object"};

Augmentation chain(const char* text) {
  const StrictObject object(parse_json(text, "augment"), "training.augment");
  AugmentSpec spec;
  read_fields(object, augment_fields(), spec);
  check_augment(spec, object, kClasses);
  return Augmentation(spec, kClasses);
}

/// n points in a 40 x 30 x 2 box in front of the viewpoint; "intensity" is the index of the point, label its remainder.
Sample make_sample(std::int64_t n) {
  Sample sample;
  sample.points.position = at::empty({n, 3}, at::kFloat);
  sample.points.field["intensity"] = at::empty({n, 1}, at::kFloat);
  sample.points.field["normal"] = at::empty({n, 3}, at::kFloat);
  sample.points.viewpoint = {1, 2, -20};
  ChangeStream stream(5, 0, "test");
  for (std::int64_t i = 0; i < n; ++i) {
    float* p = sample.points.position.data_ptr<float>() + 3 * i;
    p[0] = static_cast<float>(stream.uniform(-20, 20));
    p[1] = static_cast<float>(stream.uniform(-15, 15));
    p[2] = static_cast<float>(stream.uniform(0, 2));
    const auto direction = stream.direction();
    for (int a = 0; a < 3; ++a)
      sample.points.field["normal"].data_ptr<float>()[3 * i + a] = static_cast<float>(direction[a]);
    sample.points.field["intensity"].data_ptr<float>()[i] = static_cast<float>(i);
    sample.label.push_back(static_cast<std::int8_t>(i % 3) - 1);
  }
  return sample;
}

const float* at_point(const Sample& sample, std::int64_t i) { return sample.points.position.data_ptr<float>() + 3 * i; }
const float* normal_of(const Sample& sample, std::int64_t i) {
  return sample.points.field.at("normal").data_ptr<float>() + 3 * i;
}
std::int64_t index_of(const Sample& sample, std::int64_t i) {
  return static_cast<std::int64_t>(sample.points.field.at("intensity").data_ptr<float>()[i]);
}

bool same_bits(const at::Tensor& a, const at::Tensor& b) {
  return a.sizes() == b.sizes() && std::memcmp(a.data_ptr(), b.data_ptr(), a.nbytes()) == 0;
}
bool same_bits(const Sample& a, const Sample& b) {
  return same_bits(a.points.position, b.points.position) && a.label == b.label &&
         a.points.viewpoint == b.points.viewpoint &&
         same_bits(a.points.field.at("normal"), b.points.field.at("normal")) &&
         same_bits(a.points.field.at("intensity"), b.points.field.at("intensity"));
}

double distance(const float* a, const float* b) { return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]); }

const char* const kEverything = R"({
  "quantisation": 0.25, "stretch": [0.8, 1.2], "warp": 0.3, "turn": 3, "roll": 0.6, "tilt": 0.2, "mirror": 0.5,
  "crop": 0.6, "square": {"points": 1500}, "dropout": {"probability": 0.6, "distribution": "log", "density": 0.12},
  "blocks": {"size": 1}, "limit": 900, "buildings": {"class": "object", "ground": "ground", "half_size": [1, 5]},
  "vegetation": {"class": "object", "ground": "ground"}, "scale": [0.8, 1.25], "scale_z": [0.6, 1.6],
  "slope": [0, 0.1, 0.25], "sines": 0.04, "relief": 0.7, "jitter": 0.03, "shift": 0.1})";

TEST(Augmentation, DependsOnSeedAndStepOnly) {
  const Sample sample = make_sample(3000);
  const Augmentation augment = chain(kEverything), again = chain(kEverything);
  const Sample first = augment(sample, 7, 11);
  augment(sample, 7, 12);
  EXPECT_TRUE(same_bits(first, augment(sample, 7, 11)));
  EXPECT_TRUE(same_bits(first, again(sample, 7, 11)));
  EXPECT_FALSE(same_bits(first, augment(sample, 7, 12)));
  EXPECT_FALSE(same_bits(first, augment(sample, 8, 11)));
}

TEST(Augmentation, ChangesDrawFromTheirOwnStreams) {
  const Sample sample = make_sample(200);
  const Sample rolled = chain(R"({"roll": 3})")(sample, 1, 2), shifted = chain(R"({"shift": 5})")(sample, 1, 2);
  const Sample both = chain(R"({"shift": 5, "roll": 3})")(sample, 1, 2);
  for (std::int64_t i = 0; i < 200; ++i)
    for (int a = 0; a < 3; ++a)
      EXPECT_NEAR(at_point(both, i)[a], at_point(rolled, i)[a] + at_point(shifted, i)[a] - at_point(sample, i)[a],
                  2e-5);
}

TEST(Augmentation, ProbabilityZeroLeavesEveryBit) {
  const Sample sample = make_sample(500);
  const char* const settings[] = {R"({"quantisation": {"probability": 0}})",
                                  R"({"stretch": {"probability": 0, "range": [0.5, 2]}})",
                                  R"({"warp": {"probability": 0}})",
                                  R"({"turn": {"probability": 0}})",
                                  R"({"roll": {"probability": 0}})",
                                  R"({"tilt": {"probability": 0}})",
                                  R"({"mirror": 0})",
                                  R"({"crop": 0})",
                                  R"({"square": {"probability": 0, "points": 5}})",
                                  R"({"dropout": {"probability": 0}})",
                                  R"({"blocks": {"probability": 0}})",
                                  R"({"limit": 500})",
                                  R"({"forget": {"probability": 0}})",
                                  R"({"buildings": {"probability": 0, "class": "object", "ground": "ground"}})",
                                  R"({"vegetation": {"probability": 0, "class": "object", "ground": "ground"}})",
                                  R"({"scale": {"probability": 0, "range": [0.5, 2]}})",
                                  R"({"scale_z": {"probability": 0, "range": [0.5, 2]}})",
                                  R"({"slope": {"probability": 0, "strength": [1]}})",
                                  R"({"sines": {"probability": 0}})",
                                  R"({"relief": 0})",
                                  R"({"jitter": {"probability": 0, "sigma": 1}})",
                                  R"({"shift": {"probability": 0, "half_width": 1}})"};
  for (const char* text : settings)
    for (std::uint64_t step = 0; step < 5; ++step) EXPECT_TRUE(same_bits(sample, chain(text)(sample, 3, step))) << text;
}

TEST(Augmentation, RotationsAndMirrorsPreserveDistancesToTheViewpoint) {
  const Sample sample = make_sample(300);
  for (const char* text :
       {R"({"roll": 3.1})", R"({"tilt": 1})", R"({"turn": 3.1})", R"({"mirror": {"axes": "xyz"}})"}) {
    const Sample moved = chain(text)(sample, 1, 1);
    EXPECT_EQ(moved.points.viewpoint, sample.points.viewpoint) << text;
    EXPECT_FALSE(same_bits(moved, sample)) << text;
    for (std::int64_t i = 0; i < 300; ++i) {
      EXPECT_NEAR(distance(at_point(moved, i), moved.points.viewpoint.data()),
                  distance(at_point(sample, i), sample.points.viewpoint.data()), 1e-4);
      EXPECT_NEAR(distance(at_point(moved, i), at_point(moved, 0)), distance(at_point(sample, i), at_point(sample, 0)),
                  1e-4);
      // A normal keeps its angle to the ray, so it turned with the points.
      double before = 0, after = 0;
      for (int a = 0; a < 3; ++a) {
        before += normal_of(sample, i)[a] * (at_point(sample, i)[a] - sample.points.viewpoint[a]);
        after += normal_of(moved, i)[a] * (at_point(moved, i)[a] - moved.points.viewpoint[a]);
      }
      EXPECT_NEAR(before, after, 1e-4) << text;
    }
  }
}

TEST(Augmentation, FarViewpointMovesAlongInsteadOfCostingDigits) {
  Sample sample = make_sample(300);
  sample.points.viewpoint = {-500000, -5400000, 0};
  const Sample moved = chain(R"({"turn": 3.1})")(sample, 1, 1);
  for (std::int64_t i = 1; i < 300; ++i)
    EXPECT_NEAR(distance(at_point(moved, i), at_point(moved, 0)), distance(at_point(sample, i), at_point(sample, 0)),
                1e-4);
  EXPECT_LT(std::fabs(at_point(moved, 0)[0]), 100);
  EXPECT_NEAR(distance(at_point(moved, 0), moved.points.viewpoint.data()),
              distance(at_point(sample, 0), sample.points.viewpoint.data()), 2);
}

TEST(Augmentation, FactorsScaleAboutTheViewpoint) {
  const Sample sample = make_sample(100);
  const Sample larger = chain(R"({"scale": [1.25, 1.25]})")(sample, 0, 0);
  const Sample taller = chain(R"({"scale_z": [2, 2]})")(sample, 0, 0);
  for (std::int64_t i = 0; i < 100; ++i) {
    EXPECT_NEAR(distance(at_point(larger, i), larger.points.viewpoint.data()),
                1.25 * distance(at_point(sample, i), sample.points.viewpoint.data()), 1e-4);
    EXPECT_NEAR(at_point(taller, i)[0], at_point(sample, i)[0], 1e-5);
    EXPECT_NEAR(at_point(taller, i)[2] + 20, 2 * (at_point(sample, i)[2] + 20), 1e-4);
  }
}

/// Points that were only selected: every one is where it was, with the label and the normal it had.
void expect_subset(const Sample& part, const Sample& whole) {
  ASSERT_EQ(part.label.size(), static_cast<std::size_t>(part.points.size()));
  std::int64_t last = -1;
  for (std::int64_t i = 0; i < part.points.size(); ++i) {
    const std::int64_t original = index_of(part, i);
    EXPECT_GT(original, last);
    last = original;
    EXPECT_EQ(part.label[i], whole.label[original]);
    EXPECT_EQ(distance(at_point(part, i), at_point(whole, original)), 0);
    EXPECT_EQ(distance(normal_of(part, i), normal_of(whole, original)), 0);
  }
}

TEST(Augmentation, SelectionsKeepPointsTogetherWithTheirFields) {
  const Sample sample = make_sample(2000);
  for (const char* text : {R"({"crop": {"ball": [0.25, 0.8]}})", R"({"crop": {"half_space": [0.3, 0.9]}})",
                           R"({"square": {"half_size": [5, 9]}})", R"({"dropout": [0.3, 0.9]})",
                           R"({"blocks": {"share": 1, "size": 3}})", R"({"limit": 700})"})
    for (std::uint64_t step = 0; step < 4; ++step) {
      const Sample part = chain(text)(sample, 2, step);
      EXPECT_GT(part.points.size(), 0) << text;
      EXPECT_LT(part.points.size(), 2000) << text;
      expect_subset(part, sample);
    }
}

TEST(Augmentation, CropsHoldTheShareTheyWereAskedFor) {
  const Sample sample = make_sample(1000);
  EXPECT_EQ(chain(R"({"crop": {"ball": [0.4, 0.4]}})")(sample, 0, 0).points.size(), 400);
  EXPECT_EQ(chain(R"({"crop": {"half_space": [0.7, 0.7]}})")(sample, 0, 0).points.size(), 700);
  EXPECT_EQ(chain(R"({"square": {"points": 250, "spread": [0, 0]}})")(sample, 0, 0).points.size(), 250);
  EXPECT_EQ(chain(R"({"limit": 33})")(sample, 0, 0).points.size(), 33);
  EXPECT_EQ(chain(R"({"square": {"points": 5000, "spread": [0, 0]}})")(sample, 0, 0).points.size(), 1000);
}

TEST(Augmentation, LimitKeepsThePointsNearestToTheMiddleOfTheCrop) {
  const Sample sample = make_sample(1000);
  const Sample square = chain(R"({"square": {"points": 400, "spread": [0, 0]}})")(sample, 9, 1);
  const Sample both = chain(R"({"square": {"points": 400, "spread": [0, 0]}, "limit": 1})")(sample, 9, 1);
  ASSERT_EQ(both.points.size(), 1);  // the point about which the square was drawn
  double reach = 0;
  for (std::int64_t i = 0; i < square.points.size(); ++i)
    reach = std::max<double>(reach, std::max(std::fabs(at_point(square, i)[0] - at_point(both, 0)[0]),
                                             std::fabs(at_point(square, i)[1] - at_point(both, 0)[1])));
  std::int64_t inside = 0;
  for (std::int64_t i = 0; i < 1000; ++i)
    inside += std::fabs(at_point(sample, i)[0] - at_point(both, 0)[0]) <= reach &&
              std::fabs(at_point(sample, i)[1] - at_point(both, 0)[1]) <= reach;
  EXPECT_EQ(inside, 400);
}

TEST(Augmentation, ThinningRespectsTheLowestDensity) {
  const Sample sample = make_sample(4000);  // 40 x 30: 3.3 points per square
  for (std::uint64_t step = 0; step < 40; ++step) {
    const auto kept =
        chain(R"({"dropout": {"keep": [0.01, 1], "distribution": "log", "density": 1}})")(sample, 1, step);
    EXPECT_GT(kept.points.size(), 1000);  // 1 point per square are 1200
  }
}

TEST(Augmentation, BlocksDisappearAsAWhole) {
  Sample sample = make_sample(3000);
  for (std::int64_t i = 0; i < 3000; ++i) {  // 300 clusters much smaller than a block, far apart
    float* p = sample.points.position.data_ptr<float>() + 3 * i;
    p[0] = static_cast<float>(10 * (i / 10)) + 1e-4f * static_cast<float>(i % 10);
    p[1] = p[2] = 0;
  }
  const Sample part = chain(R"({"blocks": {"share": 1, "size": 1}})")(sample, 4, 1);
  std::vector<int> left(300, 0);
  for (std::int64_t i = 0; i < part.points.size(); ++i) ++left[index_of(part, i) / 10];
  for (const int count : left) EXPECT_TRUE(count == 0 || count == 10) << count;
  const auto gone = std::count(left.begin(), left.end(), 0);
  EXPECT_GT(gone, 0);
  EXPECT_LT(gone, 300);
}

TEST(Augmentation, BuildingsLabelExactlyThePointsTheyMove) {
  const Sample sample = make_sample(4000);
  const Augmentation flat =
      chain(R"({"buildings": {"class": "object", "ground": "ground", "count": [1, 1], "half_size": [3, 8],
                              "gabled": 0, "height": [5, 9]}})");
  int built = 0;
  for (std::uint64_t step = 0; step < 10; ++step) {
    const Sample town = flat(sample, 6, step);
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
      chain(R"({"vegetation": {"class": "object", "ground": "ground", "share": [0.1, 0.1]}})")(sample, 1, 0);
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
    float* p = sample.points.position.data_ptr<float>() + 3 * i;
    const float* first = at_point(sample, i / 3 * 3);
    p[0] = first[0] + (i % 3 == 1 ? h : 0);
    p[1] = first[1] + (i % 3 == 2 ? h : 0);
    p[2] = 1;
    float* normal = sample.points.field["normal"].data_ptr<float>() + 3 * i;
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
      const Sample bent = chain(text)(plane, 8, step);
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
  const Sample moved = chain(R"({"slope": [0.3], "sines": 0.04, "relief": 1})")(sample, 1, 1);
  EXPECT_EQ(moved.label, sample.label);
  bool any = false;
  for (std::int64_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(at_point(moved, i)[0], at_point(sample, i)[0]);
    EXPECT_EQ(at_point(moved, i)[1], at_point(sample, i)[1]);
    any = any || at_point(moved, i)[2] != at_point(sample, i)[2];
  }
  EXPECT_TRUE(any);
}

TEST(Augmentation, NoiseHasTheSizeItWasGiven) {
  const Sample sample = make_sample(20000);
  const Sample jittered = chain(R"({"jitter": [0.01, 0.01]})")(sample, 1, 1);
  const Sample unrounded = chain(R"({"quantisation": 0.25})")(sample, 1, 1);
  double sum = 0, square = 0, widest = 0;
  for (std::int64_t i = 0; i < 20000; ++i) {
    for (int a = 0; a < 3; ++a) {
      const double d = at_point(jittered, i)[a] - at_point(sample, i)[a];
      sum += d;
      square += d * d;
    }
    EXPECT_EQ(at_point(unrounded, i)[0], at_point(sample, i)[0]);
    widest = std::max<double>(widest, std::fabs(at_point(unrounded, i)[1] - at_point(sample, i)[1]));
  }
  EXPECT_NEAR(sum / 60000, 0, 2e-4);
  EXPECT_NEAR(std::sqrt(square / 60000), 0.01, 2e-4);
  EXPECT_LT(widest, 0.25001);
  EXPECT_GT(widest, 0.24);
}

TEST(Augmentation, ClassificationKeepsItsLabel) {
  Sample sample = make_sample(50);
  sample.cloud_label = 4;
  EXPECT_EQ(chain(R"({"turn": 1})")(sample, 0, 0).cloud_label, 4);
}

TEST(Augmentation, WorksOnOnePointAndOnNone) {
  EXPECT_EQ(chain(kEverything)(make_sample(1), 0, 0).points.size(), 1);
  EXPECT_EQ(chain(kEverything)(make_sample(0), 0, 0).points.size(), 0);
  EXPECT_TRUE(same_bits(Augmentation()(make_sample(5), 0, 0), make_sample(5)));
}

TEST(Augmentation, RefusesWhatItDoesNotKnow) {
  const auto complaint = [](const char* text) -> std::string {
    try {
      chain(text);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(complaint(R"({"rol": 1})").find("did you mean \"roll\"?"), std::string::npos);
  EXPECT_NE(complaint(R"({"roll": {"angel": 1}})").find("did you mean \"angle\"?"), std::string::npos);
  EXPECT_NE(complaint(R"({"roll": "much"})").find("\"angle\" must be a number"), std::string::npos);
  EXPECT_NE(complaint(R"({"scale": [1.2, 0.8]})").find("rising order"), std::string::npos);
  EXPECT_NE(complaint(R"({"dropout": {"probability": 2}})").find("between 0 and 1"), std::string::npos);
  EXPECT_NE(complaint(R"({"mirror": {"axes": "w"}})").find("\"w\""), std::string::npos);
  EXPECT_NE(complaint(R"({"limit": {}})").find("\"points\" is missing"), std::string::npos);
  const std::string classes = complaint(R"({"vegetation": {"class": "plant", "ground": "ground"}})");
  EXPECT_NE(classes.find("plant"), std::string::npos);
  EXPECT_NE(classes.find("\"ground\" or \"object\""), std::string::npos);
}

TEST(Augmentation, ReadsEveryShippedRecipe) {
  int recipes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(TREEWALK_RECIPES)) {
    if (entry.path().extension() != ".json") continue;
    const Recipe recipe = read_recipe(entry.path().string());
    EXPECT_NO_THROW(Augmentation(recipe.training.augment, recipe.class_names())) << entry.path();
    EXPECT_NO_THROW(Augmentation(recipe.training.augment_before, recipe.class_names())) << entry.path();
    ++recipes;
  }
  EXPECT_GT(recipes, 0);
}

TEST(Augmentation, ForgetTakesAFieldFromAllPoints) {
  const Sample sample = make_sample(300);
  const Augmentation forget = chain(R"({"forget": {"probability": 1}})");
  const Sample without = forget(sample, 1, 0);
  EXPECT_EQ(without.points.field.count("normal"), 0u);
  EXPECT_TRUE(same_bits(without.points.field.at("intensity"), sample.points.field.at("intensity")));
  EXPECT_TRUE(same_bits(without.points.position, sample.points.position));
  EXPECT_EQ(without.label, sample.label);
  EXPECT_TRUE(same_bits(forget(without, 1, 0).points.position, sample.points.position)) << "nothing left to forget";
  const Augmentation some = chain(R"({"forget": "intensity"})");
  int forgotten = 0;
  for (std::uint64_t step = 0; step < 1000; ++step) {
    const Sample changed = some(sample, 1, step);
    EXPECT_EQ(changed.points.field.count("normal"), 1u);
    forgotten += changed.points.field.count("intensity") == 0;
  }
  EXPECT_NEAR(forgotten, 500, 80);  // five standard deviations
  EXPECT_THROW(chain(R"({"forget": "smell"})"), Error);
}

TEST(Augmentation, GroundMayBeSeveralClasses) {
  const Sample sample = make_sample(1000);
  const Sample grown = chain(R"({"vegetation": {"class": "object", "ground": ["ground", "object"],
                                                "share": [1, 1]}})")(sample, 1, 0);
  for (std::int64_t i = 0; i < 1000; ++i)
    EXPECT_EQ(at_point(grown, i)[2] > at_point(sample, i)[2], sample.label[i] >= 0);
}

TEST(ChangeStream, DistributionsHaveTheirMoments) {
  ChangeStream stream(1, 2, "moments");
  const int n = 200000;
  double sum = 0, square = 0, fourth = 0, gamma = 0, beyond = 0;
  for (int i = 0; i < n; ++i) {
    const double x = stream.normal();
    sum += x;
    square += x * x;
    fourth += x * x * x * x;
    beyond += std::fabs(x) > 3.442619855899;
    gamma += stream.gamma(1.5);
  }
  EXPECT_NEAR(sum / n, 0, 0.01);
  EXPECT_NEAR(square / n, 1, 0.015);
  EXPECT_NEAR(fourth / n, 3, 0.1);
  EXPECT_NEAR(beyond / n, 5.76e-4, 2e-4);
  EXPECT_NEAR(gamma / n, 1.5, 0.015);
}

TEST(ChangeStream, NamesStepsAndSeedsGiveOtherNumbers) {
  std::set<std::uint32_t> first;
  for (std::uint64_t seed : {0, 1})
    for (std::uint64_t step : {0, 1})
      for (const char* name : {"roll", "tilt"}) first.insert(ChangeStream(seed, step, name).bits());
  EXPECT_EQ(first.size(), 8u);
}

}  // namespace
}  // namespace treewalk
