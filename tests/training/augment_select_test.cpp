// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Changes that leave points or fields out.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/training/augment_support.h"

namespace treewalk {
namespace {

using namespace test;

/// Points that were only selected: every one is where it was, with the label and the normal it had.
void expect_subset(const Sample& part, const Sample& whole) {
  ASSERT_EQ(part.label.size(), static_cast<std::size_t>(part.size()));
  std::int64_t last = -1;
  for (std::int64_t i = 0; i < part.size(); ++i) {
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
      const Sample part = chain(text)(sample, {2, step});
      EXPECT_GT(part.size(), 0) << text;
      EXPECT_LT(part.size(), 2000) << text;
      expect_subset(part, sample);
    }
}

TEST(Augmentation, CropsHoldTheShareTheyWereAskedFor) {
  const Sample sample = make_sample(1000);
  EXPECT_EQ(chain(R"({"crop": {"ball": [0.4, 0.4]}})")(sample, {0, 0}).size(), 400);
  EXPECT_EQ(chain(R"({"crop": {"half_space": [0.7, 0.7]}})")(sample, {0, 0}).size(), 700);
  EXPECT_EQ(chain(R"({"square": {"points": 250, "spread": [0, 0]}})")(sample, {0, 0}).size(), 250);
  EXPECT_EQ(chain(R"({"limit": 33})")(sample, {0, 0}).size(), 33);
  EXPECT_EQ(chain(R"({"square": {"points": 5000, "spread": [0, 0]}})")(sample, {0, 0}).size(), 1000);
}

TEST(Augmentation, LimitKeepsThePointsNearestToTheMiddleOfTheCrop) {
  const Sample sample = make_sample(1000);
  const Sample square = chain(R"({"square": {"points": 400, "spread": [0, 0]}})")(sample, {9, 1});
  const Sample both = chain(R"({"square": {"points": 400, "spread": [0, 0]}, "limit": 1})")(sample, {9, 1});
  ASSERT_EQ(both.size(), 1);  // the point about which the square was drawn
  double reach = 0;
  for (std::int64_t i = 0; i < square.size(); ++i)
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
        chain(R"({"dropout": {"keep": [0.01, 1], "distribution": "log", "density": 1}})")(sample, {1, step});
    EXPECT_GT(kept.size(), 1000);  // 1 point per square are 1200
  }
}

TEST(Augmentation, BlocksDisappearAsAWhole) {
  Sample sample = make_sample(3000);
  for (std::int64_t i = 0; i < 3000; ++i) {  // 300 clusters much smaller than a block, far apart
    float* p = sample.position.data() + 3 * i;
    p[0] = static_cast<float>(10 * (i / 10)) + 1e-4f * static_cast<float>(i % 10);
    p[1] = p[2] = 0;
  }
  const Sample part = chain(R"({"blocks": {"share": 1, "size": 1}})")(sample, {4, 1});
  std::vector<int> left(300, 0);
  for (std::int64_t i = 0; i < part.size(); ++i) ++left[index_of(part, i) / 10];
  for (const int count : left) EXPECT_TRUE(count == 0 || count == 10) << count;
  const auto gone = std::count(left.begin(), left.end(), 0);
  EXPECT_GT(gone, 0);
  EXPECT_LT(gone, 300);
}

TEST(Augmentation, ForgetTakesAFieldFromAllPoints) {
  const Sample sample = make_sample(300);
  const Augmentation forget = chain(R"({"forget": {"probability": 1}})");
  const Sample without = forget(sample, {1, 0});
  EXPECT_EQ(without.find("normal"), nullptr);
  EXPECT_TRUE(same_bits(without.find("intensity")->value, sample.find("intensity")->value));
  EXPECT_TRUE(same_bits(without.position, sample.position));
  EXPECT_EQ(without.label, sample.label);
  EXPECT_TRUE(same_bits(forget(without, {1, 0}).position, sample.position)) << "nothing left to forget";
  const Augmentation some = chain(R"({"forget": "intensity"})");
  int forgotten = 0;
  for (std::uint64_t step = 0; step < 1000; ++step) {
    const Sample changed = some(sample, {1, step});
    EXPECT_NE(changed.find("normal"), nullptr);
    forgotten += changed.find("intensity") == nullptr;
  }
  EXPECT_NEAR(forgotten, 500, 80);  // five standard deviations
  EXPECT_THROW(chain(R"({"forget": "smell"})"), Error);
}

TEST(Augmentation, ForgetDrawsEachOfSeveralFieldsByItself) {
  const Sample sample = make_sample(30);
  const Augmentation forget = chain(R"({"forget": {"field": ["normal", "intensity"], "probability": 0.5}})");
  int both = 0, either = 0;
  for (std::uint64_t step = 0; step < 1000; ++step) {
    const Sample changed = forget(sample, {1, step});
    const bool normal = changed.find("normal") == nullptr, intensity = changed.find("intensity") == nullptr;
    both += normal && intensity;
    either += normal || intensity;
  }
  EXPECT_NEAR(both, 250, 70);
  EXPECT_NEAR(either, 750, 70);
}

TEST(Augmentation, GainIsOneFactorForAllIntensities) {
  const Sample sample = make_sample(300);
  const Augmentation gain = chain(R"({"gain": [0.25, 4]})");
  double log_sum = 0;
  for (std::uint64_t step = 0; step < 1000; ++step) {
    const Sample changed = gain(sample, {1, step});
    const double factor = changed.find("intensity")->value[1];  // of the point with intensity 1
    EXPECT_GE(factor, 0.25f);
    EXPECT_LE(factor, 4);
    log_sum += std::log2(factor);
    for (std::int64_t i = 0; i < 300; i += 50)
      EXPECT_FLOAT_EQ(changed.find("intensity")->value[i], static_cast<float>(i * factor));
    EXPECT_TRUE(same_bits(changed.find("normal")->value, sample.find("normal")->value));
  }
  EXPECT_NEAR(log_sum / 1000, 0, 0.2);
}

TEST(Augmentation, EvenSquaresAreAboutEveryClassAlikeOften) {
  Sample sample = make_sample(3000);
  for (std::int64_t i = 0; i < 3000; ++i) sample.label[i] = i < 2 ? 1 : i < 4 ? -1 : 0;  // two points of one class
  const Augmentation even = chain(R"({"square": {"points": 1, "spread": [0, 0], "even": 1}})");
  int rare = 0;
  for (std::uint64_t step = 0; step < 1000; ++step) {
    const auto centre = even(sample, {1, step});
    ASSERT_EQ(centre.size(), 1);
    EXPECT_GE(centre.label[0], 0);
    rare += centre.label[0] == 1;
  }
  EXPECT_NEAR(rare, 500, 80);
  for (auto& label : sample.label) label = -1;
  EXPECT_EQ(even(sample, {1, 0}).size(), 1);
}

}  // namespace
}  // namespace treewalk
