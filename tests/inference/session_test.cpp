// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/session.h"

#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <numeric>
#include <thread>

#include "core/model/model_file.h"
#include "core/scene/normalise.h"
#include "tests/support/small_networks.h"
#include "tests/support/small_sessions.h"

namespace treewalk {
namespace {

using test::coordinates;
using test::expect_equal;
using test::fresh_model;
using test::from_coordinates;
using test::kNan;
using test::labelled_cloud;
using test::segment;
using test::segmenter;
using test::small_table;

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

// A bit that flips in a weight's exponent makes it enormous, and the scores infinity minus infinity.
TEST(Segment, ScoresThatAreNotNumbersAreAnError) {
  auto damaged = std::make_shared<Model>(*segmenter());
  damaged->flat = damaged->flat.clone();
  damaged->weights = weight_views(damaged->network.parameters(), damaged->flat);
  for (std::size_t i = 0; i < damaged->weights.size(); ++i)
    if (damaged->network.parameters().all()[i].name == "head.score.weight") damaged->weights[i].fill_(3e38f);
  const auto cloud = small_table(2, 3000);
  try {
    Session(damaged).segment(cloud.view());
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("scores are not numbers"), std::string::npos) << error.what();
  }
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

// A long strip in tiles of whole cells, with margins, in two sweeps.
TEST(Segment, AMemoryLimitChangesNoLabel) {
  auto recipe = test::small_recipe();
  recipe["features"] = {"normal", "shape", "offset", "density", "ancestors"};
  const Session whole(test::fresh_model(recipe));
  std::vector<float> xyz;
  for (int t = 0; t < 4; ++t) {
    const auto part = coordinates(small_table(t, 8000));
    for (std::size_t i = 0; i < part.size(); ++i) xyz.push_back(part[i] + (i % 3 == 0 ? 0.8f * t : 0.0f));
  }
  const auto cloud = from_coordinates(xyz);
  const auto expected = whole.segment(cloud.view());
  EXPECT_EQ(expected.tiles, 1);
  int tiles = 1;
  for (const std::int64_t limit : {24, 20, 18}) {
    RunOptions options;
    options.memory_mb = limit;
    const auto found = Session(test::fresh_model(recipe), options).segment(cloud.view());
    EXPECT_GE(found.tiles, tiles);
    tiles = found.tiles;
    expect_equal(found, expected);
  }
  EXPECT_GT(tiles, 3);
  RunOptions none;
  none.memory_mb = 1;
  EXPECT_THROW(Session(test::fresh_model(recipe), none).segment(cloud.view()), Error);
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

}  // namespace
}  // namespace treewalk
