// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "core/recipe/recipe.h"
#include "tests/support/error_of.h"
#include "tests/training/augment_support.h"

namespace treewalk {
namespace {

using namespace test;

const char* const kEverything = R"({
  "quantisation": 0.25, "stretch": [0.8, 1.2], "warp": 0.3, "turn": 3, "roll": 0.6, "tilt": 0.2, "mirror": 0.5,
  "crop": 0.6, "square": {"points": 1500}, "dropout": {"probability": 0.6, "distribution": "log", "density": 0.12},
  "blocks": {"size": 1}, "limit": 900, "buildings": {"class": "object", "ground": "ground", "half_size": [1, 5]},
  "vegetation": {"class": "object", "ground": "ground"}, "scale": [0.8, 1.25], "scale_z": [0.6, 1.6],
  "slope": [0, 0.1, 0.25], "sines": 0.04, "relief": 0.7, "jitter": 0.03, "shift": 0.1})";

TEST(Augmentation, DependsOnSeedAndStepOnly) {
  const Sample sample = make_sample(3000);
  const Augmentation augment = chain(kEverything), again = chain(kEverything);
  const Sample first = augment(sample, {7, 11});
  augment(sample, {7, 12});
  EXPECT_TRUE(same_bits(first, augment(sample, {7, 11})));
  EXPECT_TRUE(same_bits(first, again(sample, {7, 11})));
  EXPECT_FALSE(same_bits(first, augment(sample, {7, 12})));
  EXPECT_FALSE(same_bits(first, augment(sample, {8, 11})));
}

TEST(Augmentation, ChangesDrawFromTheirOwnStreams) {
  const Sample sample = make_sample(200);
  const Sample rolled = chain(R"({"roll": 3})")(sample, {1, 2}), shifted = chain(R"({"shift": 5})")(sample, {1, 2});
  const Sample both = chain(R"({"shift": 5, "roll": 3})")(sample, {1, 2});
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
    for (std::uint64_t step = 0; step < 5; ++step)
      EXPECT_TRUE(same_bits(sample, chain(text)(sample, {3, step}))) << text;
}

TEST(Augmentation, RotationsAndMirrorsPreserveDistancesToTheViewpoint) {
  const Sample sample = make_sample(300);
  for (const char* text :
       {R"({"roll": 3.1})", R"({"tilt": 1})", R"({"turn": 3.1})", R"({"mirror": {"axes": "xyz"}})"}) {
    const Sample moved = chain(text)(sample, {1, 1});
    EXPECT_EQ(moved.viewpoint, sample.viewpoint) << text;
    EXPECT_FALSE(same_bits(moved, sample)) << text;
    for (std::int64_t i = 0; i < 300; ++i) {
      EXPECT_NEAR(distance(at_point(moved, i), moved.viewpoint.data()),
                  distance(at_point(sample, i), sample.viewpoint.data()), 1e-4);
      EXPECT_NEAR(distance(at_point(moved, i), at_point(moved, 0)), distance(at_point(sample, i), at_point(sample, 0)),
                  1e-4);
      // A normal keeps its angle to the ray, so it turned with the points.
      double before = 0, after = 0;
      for (int a = 0; a < 3; ++a) {
        before += normal_of(sample, i)[a] * (at_point(sample, i)[a] - sample.viewpoint[a]);
        after += normal_of(moved, i)[a] * (at_point(moved, i)[a] - moved.viewpoint[a]);
      }
      EXPECT_NEAR(before, after, 1e-4) << text;
    }
  }
}

TEST(Augmentation, FarViewpointMovesAlongInsteadOfCostingDigits) {
  Sample sample = make_sample(300);
  sample.viewpoint = {-500000, -5400000, 0};
  const Sample moved = chain(R"({"turn": 3.1})")(sample, {1, 1});
  for (std::int64_t i = 1; i < 300; ++i)
    EXPECT_NEAR(distance(at_point(moved, i), at_point(moved, 0)), distance(at_point(sample, i), at_point(sample, 0)),
                1e-4);
  EXPECT_LT(std::fabs(at_point(moved, 0)[0]), 100);
  EXPECT_NEAR(distance(at_point(moved, 0), moved.viewpoint.data()),
              distance(at_point(sample, 0), sample.viewpoint.data()), 2);
}

TEST(Augmentation, FactorsScaleAboutTheViewpoint) {
  const Sample sample = make_sample(100);
  const Sample larger = chain(R"({"scale": [1.25, 1.25]})")(sample, {0, 0});
  const Sample taller = chain(R"({"scale_z": [2, 2]})")(sample, {0, 0});
  for (std::int64_t i = 0; i < 100; ++i) {
    EXPECT_NEAR(distance(at_point(larger, i), larger.viewpoint.data()),
                1.25 * distance(at_point(sample, i), sample.viewpoint.data()), 1e-4);
    EXPECT_NEAR(at_point(taller, i)[0], at_point(sample, i)[0], 1e-5);
    EXPECT_NEAR(at_point(taller, i)[2] + 20, 2 * (at_point(sample, i)[2] + 20), 1e-4);
  }
}

TEST(Augmentation, NoiseHasTheSizeItWasGiven) {
  const Sample sample = make_sample(20000);
  const Sample jittered = chain(R"({"jitter": [0.01, 0.01]})")(sample, {1, 1});
  const Sample unrounded = chain(R"({"quantisation": 0.25})")(sample, {1, 1});
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
  EXPECT_EQ(chain(R"({"turn": 1})")(sample, {0, 0}).cloud_label, 4);
}

TEST(Augmentation, WorksOnOnePointAndOnNone) {
  EXPECT_EQ(chain(kEverything)(make_sample(1), {0, 0}).size(), 1);
  EXPECT_EQ(chain(kEverything)(make_sample(0), {0, 0}).size(), 0);
  EXPECT_TRUE(same_bits(Augmentation()(make_sample(5), {0, 0}), make_sample(5)));
}

TEST(Augmentation, RefusesWhatItDoesNotKnow) {
  const auto complaint = [](const char* text) { return error_of([&] { chain(text); }); };
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

}  // namespace
}  // namespace treewalk
