// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/session.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <numeric>
#include <thread>

#include "core/inference/tiles.h"
#include "core/model/model_file.h"
#include "core/scene/normalise.h"
#include "tests/support/small_networks.h"

namespace treewalk {
namespace {

using test::fresh_model;
using test::labelled_cloud;
using test::small_table;

const float kNan = std::numeric_limits<float>::quiet_NaN();

std::shared_ptr<const Model> segmenter() {
  static const auto model = fresh_model(test::small_recipe());
  return model;
}

Segmentation segment(const Cloud& cloud, RunOptions options = {}) {
  return Session(segmenter(), std::move(options)).segment(cloud.view());
}

std::vector<float> coordinates(const Cloud& cloud) {
  std::vector<float> xyz;
  for (std::int64_t i = 0; i < cloud.size(); ++i)
    for (const char* name : {"x", "y", "z"})
      xyz.push_back(static_cast<float>(cloud.view().value(i, *cloud.view().find(name))));
  return xyz;
}

Cloud from_coordinates(const std::vector<float>& xyz) {
  return labelled_cloud(xyz, std::vector<std::uint32_t>(xyz.size() / 3, 0));
}

void expect_equal(const Segmentation& a, const Segmentation& b) {
  EXPECT_EQ(a.label, b.label);
  EXPECT_EQ(a.confidence, b.confidence);
}

TEST(Segment, GivesEveryPointAClassAndItsProbability) {
  const auto cloud = small_table(1);
  const auto result = segment(cloud);
  ASSERT_EQ(result.label.size(), 4000u);
  for (std::size_t i = 0; i < 4000; ++i) {
    EXPECT_TRUE(result.label[i] == 7 || result.label[i] == 9);
    EXPECT_GE(result.confidence[i], 0.5f);
    EXPECT_LE(result.confidence[i], 1.0f);
  }
  EXPECT_EQ(result.tiles, 1);
  EXPECT_FALSE(result.stages.empty());
}

TEST(Segment, EmptyCloudGivesEmptyResult) {
  const auto result = segment(from_coordinates({}));
  EXPECT_TRUE(result.label.empty());
  EXPECT_TRUE(result.confidence.empty());
}

TEST(Segment, NonFinitePointsAreUnknownAndChangeNothing) {
  const auto xyz = coordinates(small_table(1));
  const auto expected = segment(from_coordinates(xyz));
  std::vector<float> mixed;
  std::vector<std::size_t> place;
  for (std::size_t i = 0; i < xyz.size() / 3; ++i) {
    if (i % 5 == 0) mixed.insert(mixed.end(), {1.0f, 2.0f, kNan});
    if (i % 7 == 0) mixed.insert(mixed.end(), {std::numeric_limits<float>::infinity(), 0.0f, 0.0f});
    place.push_back(mixed.size() / 3);
    mixed.insert(mixed.end(), {xyz[3 * i], xyz[3 * i + 1], xyz[3 * i + 2]});
  }
  const auto result = segment(from_coordinates(mixed));
  std::vector<bool> finite(mixed.size() / 3);
  for (std::size_t i = 0; i < place.size(); ++i) {
    finite[place[i]] = true;
    ASSERT_EQ(result.label[place[i]], expected.label[i]);
    ASSERT_EQ(result.confidence[place[i]], expected.confidence[i]);
  }
  for (std::size_t i = 0; i < finite.size(); ++i)
    if (!finite[i]) {
      EXPECT_EQ(result.label[i], 255u);
      EXPECT_EQ(result.confidence[i], 0.0f);
    }
}

TEST(Segment, OddCloudsWork) {
  for (const auto& xyz : std::vector<std::vector<float>>{
           {1, 2, 3}, {kNan, kNan, kNan}, {0, 0, 0, 0, 0, 0}, {0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3}}) {
    const auto result = segment(from_coordinates(xyz));
    EXPECT_EQ(result.label.size(), xyz.size() / 3);
    for (const float c : result.confidence) EXPECT_TRUE(c >= 0 && c <= 1);
  }
  std::vector<float> plane, same;
  for (int i = 0; i < 3000; ++i) plane.insert(plane.end(), {float(i % 60) * 0.01f, float(i / 60) * 0.01f, 1.0f});
  for (int i = 0; i < 1000000; ++i) same.insert(same.end(), {1.0f, 2.0f, 3.0f});
  segment(from_coordinates(plane));
  const auto result = segment(from_coordinates(same));
  for (const auto label : result.label) ASSERT_EQ(label, result.label[0]);
}

TEST(Segment, ResultsHaveTheSameBitsForAnyThreadCountAndWhenRepeated) {
  const auto cloud = small_table(2, 30000);
  RunOptions one, two, four;
  one.threads = 1;
  two.threads = 2;
  four.threads = 4;
  const auto expected = segment(cloud, one);
  expect_equal(segment(cloud, two), expected);
  expect_equal(segment(cloud, four), expected);
  const Session session(segmenter(), two);
  expect_equal(session.segment(cloud.view()), expected);
  session.segment(small_table(3).view());
  expect_equal(session.segment(cloud.view()), expected);
}

TEST(Segment, ShufflingThePointsShufflesTheResult) {
  const auto xyz = coordinates(small_table(4, 5000));
  const auto expected = segment(from_coordinates(xyz));
  std::vector<std::size_t> order(5000);
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::mt19937(1));
  std::vector<float> shuffled;
  for (const auto i : order) shuffled.insert(shuffled.end(), {xyz[3 * i], xyz[3 * i + 1], xyz[3 * i + 2]});
  const auto result = segment(from_coordinates(shuffled));
  for (std::size_t i = 0; i < order.size(); ++i) {
    ASSERT_EQ(result.label[i], expected.label[order[i]]);
    ASSERT_EQ(result.confidence[i], expected.confidence[order[i]]);
  }
}

TEST(Segment, GeoreferencedDoublesGiveWhatLocalCoordinatesGive) {
  // Multiples of 1/1024 m stay exact in both frames. The viewpoint moves along.
  auto xyz = coordinates(small_table(5));
  for (auto& x : xyz) x = std::round(x * 1024) / 1024;
  auto local = from_coordinates(xyz);
  for (auto& x : local.viewpoint) x = 0;
  Cloud far;
  far.stride = 24;
  far.fields = {{"z", 0, Scalar::float64, 1}, {"y", 8, Scalar::float64, 1}, {"x", 16, Scalar::float64, 1}};
  far.width = static_cast<std::int64_t>(xyz.size() / 3);
  far.viewpoint = {513000, 5403000, 2000};
  for (std::size_t i = 0; i < xyz.size() / 3; ++i) {
    const double record[3] = {xyz[3 * i + 2] + far.viewpoint[2], xyz[3 * i + 1] + far.viewpoint[1],
                              xyz[3 * i] + far.viewpoint[0]};
    const auto* bytes = reinterpret_cast<const std::byte*>(record);
    far.data.insert(far.data.end(), bytes, bytes + sizeof record);
  }
  const auto a = segment(local), b = segment(far);
  std::size_t same = 0;
  for (std::size_t i = 0; i < a.label.size(); ++i) {
    same += a.label[i] == b.label[i];
    ASSERT_NEAR(a.confidence[i], b.confidence[i], 0.02);
  }
  EXPECT_GE(same, a.label.size() - 4);
}

TEST(Segment, TilesUnderAMemoryLimitAgreeWithTheWholeCloud) {
  // Four tables side by side, far more than one margin wide.
  std::vector<float> xyz;
  for (int t = 0; t < 4; ++t) {
    const auto part = coordinates(small_table(1, 15000));
    for (std::size_t i = 0; i < part.size(); ++i) xyz.push_back(part[i] + (i % 3 == 0 ? 0.8f * t : 0.0f));
  }
  const auto cloud = from_coordinates(xyz);
  RunOptions small;
  small.memory_mb = 12;
  const auto whole = segment(cloud), tiled = segment(cloud, small);
  EXPECT_EQ(whole.tiles, 1);
  EXPECT_GT(tiled.tiles, 2);
  std::size_t same = 0;
  for (std::size_t i = 0; i < whole.label.size(); ++i) {
    ASSERT_NE(tiled.label[i], 255u);
    same += whole.label[i] == tiled.label[i];
  }
  EXPECT_GT(same, whole.label.size() * 98 / 100);
  RunOptions none;
  none.memory_mb = 1;
  EXPECT_THROW(segment(cloud, none), Error);
}

TEST(Segment, CancelsAndReportsProgress) {
  RunOptions options;
  std::vector<double> seen;
  options.progress = [&](double done, const std::string&) {
    seen.push_back(done);
    return true;
  };
  segment(small_table(1), options);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_EQ(seen.back(), 1);
  options.progress = [](double done, const std::string&) { return done < 0.3; };
  EXPECT_THROW(segment(small_table(1), options), Cancelled);
}

TEST(Segment, OneModelServesManyThreads) {
  const auto cloud = small_table(6, 8000);
  RunOptions options;
  options.threads = 1;
  const auto expected = segment(cloud, options);
  const Session session(segmenter(), options);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int repeat = 0; repeat < 3; ++repeat) {
        const auto result = session.segment(cloud.view());
        if (result.label != expected.label || result.confidence != expected.confidence) ++wrong;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Segment, MissingFieldsAreNamed) {
  auto json = test::small_recipe();
  json["fields"] = {{"required", {"intensity"}}, {"optional", {"rgb"}}};
  const auto model = fresh_model(json);
  try {
    Session(model).segment(small_table(1).view());
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("intensity"), std::string::npos) << error.what();
  }
  json["fields"] = {{"optional", {"rgb"}}};
  const auto result = Session(fresh_model(json)).segment(small_table(1).view());
  ASSERT_EQ(result.warnings.size(), 1u);
  EXPECT_NE(result.warnings[0].find("rgb"), std::string::npos);
  Cloud flat = labelled_cloud({1, 2, 3}, {0});
  flat.fields.erase(flat.fields.begin() + 2);
  EXPECT_THROW(Session(segmenter()).segment(flat.view()), Error);
}

TEST(Session, UnknownAndAbsentDevicesAreErrors) {
  RunOptions options;
  options.device = "tpu";
  EXPECT_THROW(Session(segmenter(), options), Error);
  options.device = "cuda:99";
  EXPECT_THROW(Session(segmenter(), options), Error);
  EXPECT_THROW(Session(nullptr), Error);
}

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

TEST(SegmentObject, LabelsPointsBeyondThoseItLooksAt) {
  const auto cloud = test::small_object(true, 1, 5000);
  const auto xyz = coordinates(cloud);
  const auto result = segment_object(cloud, "", true);
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
  const auto alone = segment_object(from_coordinates(some));
  ASSERT_EQ(alone.categories[0].name, result.categories[0].name);
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(alone.label[i], result.label[seen[i].item<int>()]);
    EXPECT_NEAR(alone.confidence[i], result.confidence[seen[i].item<int>()], 1e-5);
  }
  // The others get the blend of the three nearest, by inverse distance.
  const auto known = segment_object(from_coordinates(some), "", true).probability;
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
    try {
      session.segment(test::small_object(true, 3, 100).view(), category);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("no complaint");
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

TEST(Temperatures, MakeProbabilitiesPowersOfThemselves) {
  const auto powers = [](std::vector<double> p, double temperature) {
    double sum = 0;
    for (double& x : p) sum += x = std::pow(x, 1 / temperature);
    for (double& x : p) x /= sum;
    return p;
  };
  RunOptions options;
  options.probabilities = true;
  // Points of scenes and of objects, and categories.
  for (const bool object : {false, true}) {
    const auto json = object ? test::small_parts_recipe() : test::small_recipe();
    const auto cloud = object ? test::small_object(true, 1, 200) : small_table(1, 500);
    const auto plain = Session(fresh_model(json), options).segment(cloud.view());
    const auto warm = Session(fresh_model(json, {2, 4}), options).segment(cloud.view());
    EXPECT_EQ(plain.label, warm.label);
    const std::size_t classes = object ? 4 : 2;
    for (std::size_t i = 0; i < plain.label.size(); ++i) {
      const auto* row = plain.probability.data() + classes * i;
      const auto expected = powers({row, row + classes}, 2);
      for (std::size_t c = 0; c < classes; ++c) EXPECT_NEAR(warm.probability[classes * i + c], expected[c], 1e-5);
    }
    if (!object) continue;
    const auto expected = powers({plain.categories[0].probability, plain.categories[1].probability}, 4);
    for (int c = 0; c < 2; ++c) EXPECT_NEAR(warm.categories[c].probability, expected[c], 1e-5);
  }
  // Clouds.
  const auto json = test::small_classification_recipe();
  const auto shape = test::small_shape(true, 1);
  const auto plain = Session(fresh_model(json)).classify(shape.view());
  const auto warm = Session(fresh_model(json, {3, 1})).classify(shape.view());
  const auto expected = powers({plain[0].probability, plain[1].probability}, 3);
  for (int c = 0; c < 2; ++c) EXPECT_NEAR(warm[c].probability, expected[c], 1e-5);
}

TEST(Tiles, CoresPartitionThePointsAndWeightsOfNeighboursSumToOne) {
  std::mt19937 random(1);
  auto position = at::empty({5000, 3});
  for (std::int64_t i = 0; i < position.numel(); ++i)
    position.mutable_data_ptr<float>()[i] = float(random() % 10000) * 0.001f;
  const float halo = 0.5f;
  const auto tiles = make_tiles(position, std::vector<float>(5000, 1.0f), 1500, halo);
  ASSERT_GT(tiles.size(), 3u);
  std::vector<int> cores(5000);
  std::vector<float> weight(5000);
  for (const auto& tile : tiles) {
    EXPECT_LE(tile.point.size(), 1500u);
    EXPECT_TRUE(std::is_sorted(tile.point.begin(), tile.point.end()));
    for (const auto p : tile.point) {
      const float* x = position.const_data_ptr<float>() + 3 * p;
      bool inside = true;
      for (int a = 0; a < 3; ++a) inside &= x[a] >= tile.core_low[a] && x[a] < tile.core_high[a];
      cores[p] += inside;
      weight[p] += tile_weight(tile, halo, x);
    }
  }
  for (int i = 0; i < 5000; ++i) {
    ASSERT_EQ(cores[i], 1);
    ASSERT_GT(weight[i], 0.1f);
  }
  const auto whole = make_tiles(position, std::vector<float>(5000, 1.0f), 5000, halo);
  ASSERT_EQ(whole.size(), 1u);
  EXPECT_EQ(tile_weight(whole[0], halo, position.const_data_ptr<float>()), 1.0f);
}

TEST(Tiles, ImpossibleLimitsAreErrors) {
  EXPECT_THROW(make_tiles(at::zeros({100, 3}), std::vector<float>(100, 1.0f), 10, 1.0f), c10::Error);
}

}  // namespace
}  // namespace treewalk
