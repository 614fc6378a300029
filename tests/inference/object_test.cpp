// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

#include "core/scene/normalise.h"
#include "tests/support/error_of.h"
#include "tests/support/small_networks.h"
#include "tests/support/small_sessions.h"
#include "treewalk/memory.h"
#include "treewalk/session.h"

namespace treewalk {
namespace {

using test::coordinates;
using test::expect_equal;
using test::fresh_model;
using test::from_coordinates;
using test::kNan;
using test::segmenter;
using test::small_table;

TEST(Classify, ScoresAreSortedProbabilities) {
  const auto model = fresh_model(test::small_classification_recipe());
  const Session session(model);
  const auto scores = session.classify(test::small_shape(true, 1).view());
  ASSERT_EQ(scores.size(), 2u);
  EXPECT_GE(scores[0].probability, scores[1].probability);
  EXPECT_NEAR(scores[0].probability + scores[1].probability, 1, 1e-6);
  EXPECT_TRUE(session.classify(from_coordinates({}).view()).empty());
  EXPECT_TRUE(session.classify(from_coordinates({kNan, 0, 0}).view()).empty());
  EXPECT_THROW(session.segment(small_table(1).view()), Error);
  EXPECT_THROW(Session(segmenter()).classify(small_table(1).view()), Error);
}

std::shared_ptr<const Model> parts_model() {
  static const auto model = fresh_model(test::small_parts_recipe());
  return model;
}

Segmentation segment_object(const Cloud& cloud, const std::string& category = "", bool probabilities = false) {
  RunOptions options;
  options.probabilities = probabilities;
  return Session(parts_model(), options).segment(cloud.view(), category);
}

// The limit that a refusal names is one with which it works.
TEST(SegmentObject, TooLittleMemoryNamesALimitThatIsEnough) {
  const auto object = test::small_object(true, 1, 30000);
  const auto expected = segment_object(object);
  RunOptions options;
  options.memory_mb = 1;
  try {
    Session(parts_model(), options).segment(object.view());
    FAIL();
  } catch (const TooLittleMemory& error) {
    EXPECT_NE(std::string(error.what()).find(" 30000 points; "), std::string::npos) << error.what();
    options.memory_mb = error.least_mb - 1;
    EXPECT_THROW(Session(parts_model(), options).segment(object.view()), TooLittleMemory);
    options.memory_mb = error.least_mb;
  }
  expect_equal(Session(parts_model(), options).segment(object.view()), expected);
}

class SegmentObjectAt : public ::testing::TestWithParam<double> {};

TEST_P(SegmentObjectAt, LabelsPointsBeyondThoseItLooksAt) {
  RunOptions options;
  options.probabilities = true;
  const Session session(fresh_model(test::small_parts_recipe(), {GetParam()}), options);
  const auto cloud = test::small_object(true, 1, 5000);
  const auto xyz = coordinates(cloud);
  const auto result = session.segment(cloud.view());
  ASSERT_EQ(result.label.size(), 5000u);
  EXPECT_EQ(result.tiles, 1);
  for (std::size_t i = 0; i < 5000; ++i) {
    ASSERT_TRUE(result.label[i] >= 3 && result.label[i] <= 6);
    ASSERT_GT(result.confidence[i], 0);
  }
  // Those it looks at get what they get as an object of their own.
  const auto position = at::from_blob(const_cast<float*>(xyz.data()), {5000, 3}, at::kFloat);
  const auto seen = thin(position, 300);
  std::vector<float> some;
  for (int i = 0; i < 300; ++i)
    for (int a = 0; a < 3; ++a) some.push_back(xyz[3 * seen[i].item<int>() + a]);
  const auto alone = session.segment(from_coordinates(some).view());
  ASSERT_EQ(alone.categories[0].name, result.categories[0].name);
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(alone.label[i], result.label[seen[i].item<int>()]);
    EXPECT_NEAR(alone.confidence[i], result.confidence[seen[i].item<int>()], 1e-5);
  }
  // The others get the blend of the three nearest, by inverse distance.
  const auto& known = alone.probability;
  for (int i = 0; i < 5000; i += 97) {
    std::vector<std::pair<double, int>> near;
    for (int j = 0; j < 300; ++j)
      near.push_back(
          {std::hypot(xyz[3 * i] - some[3 * j], xyz[3 * i + 1] - some[3 * j + 1], xyz[3 * i + 2] - some[3 * j + 2]),
           j});
    std::sort(near.begin(), near.end());
    for (int c = 0; c < 4; ++c) {
      double sum = 0, weights = 0;
      for (int k = 0; k < 3; ++k) {
        const double weight = 1 / (near[k].first + 1e-9);
        sum += weight * known[4 * near[k].second + c];
        weights += weight;
      }
      EXPECT_NEAR(result.probability[4 * i + c], sum / weights, 1e-4);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Temperatures, SegmentObjectAt, ::testing::Values(1.0, 2.0));

TEST(SegmentObject, ProbabilitiesSumToOneAndTheirLargestIsTheLabel) {
  for (const int points : {250, 1200}) {
    const auto result = segment_object(test::small_object(false, 2, points), "", true);
    ASSERT_EQ(result.probability.size(), 4u * points);
    ASSERT_EQ(result.categories.size(), 2u);
    EXPECT_NEAR(result.categories[0].probability + result.categories[1].probability, 1, 1e-6);
    EXPECT_GE(result.categories[0].probability, result.categories[1].probability);
    for (int i = 0; i < points; ++i) {
      const float* row = result.probability.data() + 4 * i;
      EXPECT_NEAR(std::accumulate(row, row + 4, 0.0), 1, 1e-5);
      const auto best = std::max_element(row, row + 4) - row;
      EXPECT_EQ(result.label[i], 3u + best);
      EXPECT_NEAR(result.confidence[i], row[best] * result.categories[0].probability, 1e-6);
    }
  }
}

TEST(SegmentObject, ACategoryThatIsGivenIsCertain) {
  const auto cloud = test::small_object(true, 3, 500);
  const auto found = segment_object(cloud);
  for (const char* name : {"house", "lolly"}) {
    const auto given = segment_object(cloud, name, true);
    EXPECT_EQ(given.categories[0].name, name);
    EXPECT_EQ(given.categories[0].probability, 1);
    EXPECT_EQ(given.categories[1].probability, 0);
    const std::uint32_t first = std::string(name) == "house" ? 3 : 5;
    for (std::size_t i = 0; i < given.label.size(); ++i) {
      EXPECT_TRUE(given.label[i] == first || given.label[i] == first + 1);
      EXPECT_EQ(given.confidence[i], given.probability[4 * i + given.label[i] - 3]);
    }
    if (found.categories[0].name == name) {
      EXPECT_EQ(found.label, given.label);
    }
  }
}

TEST(SegmentObject, AnUnknownCategoryListsThoseThereAre) {
  const auto complaint = [](const Session& session, const std::string& category) {
    return error_of([&] { session.segment(test::small_object(true, 3, 100).view(), category); });
  };
  const auto text = complaint(Session(parts_model()), "hose");
  for (const char* part : {"\"hose\"", "did you mean \"house\"?", "\"house\" or \"lolly\""})
    EXPECT_NE(text.find(part), std::string::npos) << text;
  EXPECT_NE(complaint(Session(segmenter()), "house").find("no model of parts"), std::string::npos);
}

TEST(SegmentObject, NonFinitePointsAreUnknownAndChangeNothing) {
  for (const int points : {200, 900}) {
    const auto xyz = coordinates(test::small_object(true, 4, points));
    std::vector<float> mixed;
    for (int i = 0; i < points; ++i) {
      mixed.insert(mixed.end(), {xyz[3 * i], xyz[3 * i + 1], xyz[3 * i + 2]});
      mixed.insert(mixed.end(), {kNan, 0.0f, i % 2 ? 0.0f : std::numeric_limits<float>::infinity()});
    }
    const auto expected = segment_object(from_coordinates(xyz), "", true);
    const auto result = segment_object(from_coordinates(mixed), "", true);
    for (int i = 0; i < points; ++i) {
      ASSERT_EQ(result.label[2 * i], expected.label[i]);
      ASSERT_EQ(result.confidence[2 * i], expected.confidence[i]);
      ASSERT_EQ(result.label[2 * i + 1], 255u);
      ASSERT_EQ(result.confidence[2 * i + 1], 0);
      for (int c = 0; c < 4; ++c) ASSERT_EQ(result.probability[4 * (2 * i + 1) + c], 0);
    }
  }
}

TEST(SegmentObject, OddCloudsWork) {
  EXPECT_TRUE(segment_object(from_coordinates({})).label.empty());
  EXPECT_TRUE(segment_object(from_coordinates({})).categories.empty());
  EXPECT_EQ(segment_object(from_coordinates({kNan, 1, 2})).label, (std::vector<std::uint32_t>{255}));
  std::vector<float> line, plane;
  for (int i = 0; i < 1000; ++i) {
    line.insert(line.end(), {float(i), 2.0f * i, -1.0f * i});
    plane.insert(plane.end(), {float(i % 30), float(i / 30), 5.0f});
  }
  for (const auto& xyz :
       std::vector<std::vector<float>>{{1, 2, 3}, {1, 2, 3, 1, 2, 3}, {0, 0, 0, 1, 0, 0}, line, plane}) {
    const auto result = segment_object(from_coordinates(xyz), "", true);
    for (std::size_t i = 0; i < result.label.size(); ++i) {
      EXPECT_NE(result.label[i], 255u);
      EXPECT_TRUE(result.confidence[i] > 0 && result.confidence[i] <= 1);
    }
  }
}

TEST(SegmentObject, AMillionEqualPointsGetOneLabel) {
  std::vector<float> same;
  for (int i = 0; i < 1000000; ++i) same.insert(same.end(), {0.1f, 2.0f, 3.0f});
  const auto result = segment_object(from_coordinates(same));
  for (const auto label : result.label) ASSERT_EQ(label, result.label[0]);
  EXPECT_NE(result.label[0], 255u);
}

TEST(SegmentObject, ResultsHaveTheSameBitsForAnyThreadCount) {
  const auto cloud = test::small_object(true, 5, 3000);
  RunOptions one, four;
  one.threads = 1;
  four.threads = 4;
  expect_equal(Session(parts_model(), one).segment(cloud.view()), Session(parts_model(), four).segment(cloud.view()));
}

TEST(SegmentObject, ReportsProgressAndCancels) {
  RunOptions options;
  std::vector<double> seen;
  options.progress = [&](double done, const std::string&) {
    seen.push_back(done);
    return true;
  };
  const auto cloud = test::small_object(true, 6, 1000);
  Session(parts_model(), options).segment(cloud.view());
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_EQ(seen.back(), 1);
  options.progress = [](double done, const std::string&) { return done < 0.3; };
  EXPECT_THROW(Session(parts_model(), options).segment(cloud.view()), Cancelled);
}

/// The shape in other units and at another place, in double.
Cloud moved_shape(const std::vector<float>& xyz, double factor, const std::array<double, 3>& to) {
  Cloud cloud;
  cloud.stride = 24;
  cloud.fields = {{"x", 0, Scalar::float64, 1}, {"y", 8, Scalar::float64, 1}, {"z", 16, Scalar::float64, 1}};
  cloud.width = static_cast<std::int64_t>(xyz.size() / 3);
  cloud.data.resize(xyz.size() * sizeof(double));
  for (std::size_t i = 0; i < xyz.size(); ++i) {
    const double x = xyz[i] * factor + to[i % 3];
    std::memcpy(&cloud.data[i * sizeof x], &x, sizeof x);
  }
  return cloud;
}

std::shared_ptr<const Model> object_classifier(const char* normalise, const char* frame) {
  auto json = test::small_classification_recipe();
  json["network"].erase("cell_size");
  json["network"]["normalise"] = normalise;
  json["network"]["frame"] = frame;
  json["network"]["points"] = 300;
  json["network"]["orientation"] = "outward";
  json["network"]["point_stage"] = 8;
  json["features"] = {"coordinates", "shape", "normal", "offset", "covariance"};
  return fresh_model(json);
}

/// A bent egg: no flat side, no symmetry.
std::vector<float> egg(int points) {
  auto xyz = coordinates(test::small_shape(true, 7, points));
  for (std::size_t i = 0; i < xyz.size(); i += 3) {
    xyz[i] = xyz[i] * 1.5f + 0.3f * xyz[i + 1] * xyz[i + 1];
    xyz[i + 2] = 0.6f * xyz[i + 2] + 0.2f * xyz[i] * xyz[i];
  }
  return xyz;
}

TEST(ClassifyObject, UnitsAndPlaceDoNotMatter) {
  const auto xyz = egg(250);
  for (const char* frame : {"input", "principal"}) {
    const Session session(object_classifier("sphere", frame));
    const auto expected = session.classify(from_coordinates(xyz).view());
    ASSERT_EQ(expected.size(), 2u);
    for (const auto& cloud : {moved_shape(xyz, 1000, {0, 0, 0}), moved_shape(xyz, 1, {512000.25, 5403000.5, 310}),
                              moved_shape(xyz, 0.001, {-3, 2, 1})}) {
      const auto scores = session.classify(cloud.view());
      for (int c = 0; c < 2; ++c) {
        EXPECT_EQ(scores[c].name, expected[c].name);
        EXPECT_NEAR(scores[c].probability, expected[c].probability, 1e-4) << frame;
      }
    }
  }
}

TEST(ClassifyObject, UnitsAndPlaceDoNotMatterWhereItIsThinned) {
  // Rounding may move a point across a cell of the curve, and then another is chosen; here nothing is rounded.
  auto xyz = egg(900);
  for (float& x : xyz) x = std::round(x * 1024) / 1024;
  const Session session(object_classifier("box", "input"));
  const auto expected = session.classify(from_coordinates(xyz).view());
  for (const auto& cloud : {moved_shape(xyz, 1024, {0, 0, 0}), moved_shape(xyz, 1, {512000, 5403000, 310}),
                            moved_shape(xyz, 1.0 / 1024, {0, 0, 0})}) {
    const auto scores = session.classify(cloud.view());
    for (int c = 0; c < 2; ++c) EXPECT_EQ(scores[c].probability, expected[c].probability);
  }
}

}  // namespace
}  // namespace treewalk
