// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/network/point_head.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/network/network.h"
#include "tests/support/on_every_cpu.h"
#include "tests/support/small_networks.h"

namespace treewalk {
namespace {

class PointHeads : public ::testing::TestWithParam<std::string> {
 protected:
  PointHeads() : recipe(parse_recipe(test::recipe_of(GetParam()))) {}
  Recipe recipe;
};

TEST_P(PointHeads, ProbabilitiesEqualTheSoftmaxOfTheLogits) {
  const Network network(recipe);
  const auto weights = test::moved_weights(network);
  const auto input = network.prepare(test::example_scene(recipe, 1, 4000), true, true);
  const auto encoding = network.encode(weights, input);
  const auto expected = at::softmax(network.point_logits(weights, input, encoding), 1);
  const auto probability = network.point_probabilities(weights, input, encoding);
  EXPECT_TRUE(at::allclose(probability, expected, 1e-5, 1e-6));
  EXPECT_TRUE(at::allclose(probability.sum(1), at::ones({4000}), 1e-5, 1e-5));
}

TEST_P(PointHeads, LogitsOfSomePointsAreTheirRowsOfAll) {
  const Network network(recipe);
  const auto weights = test::moved_weights(network);
  const auto place = at::cat({at::arange(1, 40, 3, at::kInt), at::arange(400, 900, 7, at::kInt)});
  const auto scene = test::example_scene(recipe, 1, 1000);
  const auto all = network.prepare(scene, true, true), some = network.prepare(scene, true, true, place);
  const auto of_all = network.point_logits(weights, all, network.encode(weights, all));
  const auto of_some = network.point_logits(weights, some, network.encode(weights, some));
  EXPECT_TRUE(at::allclose(of_some, of_all.index_select(0, place), 1e-5, 1e-5));
}

TEST_P(PointHeads, ProbabilitiesOfAllPointsDoNotDependOnThoseThatWereAskedFor) {
  const Network network(recipe);
  const auto weights = test::moved_weights(network);
  const auto scene = test::example_scene(recipe, 1, 1000);
  const auto all = network.prepare(scene, false, false);
  const auto some = network.prepare(scene, false, false, at::arange(0, 1000, 3, at::kInt));
  const auto expected = network.point_probabilities(weights, all, network.encode(weights, all));
  const auto found = network.point_probabilities(weights, some, network.encode(weights, some));
  EXPECT_TRUE(at::allclose(found, expected, 1e-5, 1e-6));
}

TEST_P(PointHeads, LogitsAreDividedByTheTemperatureBeforeTheyBecomeProbabilities) {
  const Network network(recipe);
  const auto weights = test::moved_weights(network);
  const auto input = network.prepare(test::example_scene(recipe, 2, 700), false, false);
  const auto encoding = network.encode(weights, input);
  const auto logits = network.point_logits(weights, input, encoding);
  const auto plain = network.point_probabilities(weights, input, encoding);
  for (const double temperature : {0.5, 0.907, 3.0}) {
    const auto found = network.point_probabilities(weights, input, encoding, temperature);
    EXPECT_TRUE(at::allclose(found, at::softmax(logits / temperature, 1), 1e-5, 1e-6)) << temperature;
    EXPECT_TRUE(at::equal(found.argmax(1), plain.argmax(1))) << temperature;
  }
  EXPECT_TRUE(at::equal(network.point_probabilities(weights, input, encoding, 1), plain));
}

TEST_P(PointHeads, ProbabilitiesHaveTheSameBitsOnEverySetOfInstructions) {
  const Network network(recipe);
  const auto weights = test::moved_weights(network);
  const auto input = network.prepare(test::example_scene(recipe, 2, 701), false, false);
  const auto encoding = network.encode(weights, input);
  std::vector<at::Tensor> found;
  test::on_every_cpu([&] { found.push_back(network.point_probabilities(weights, input, encoding, 0.9)); });
  if (recipe.network.point_attention) return;  // attention's kernels for registers round in their own ways
  for (const auto& other : found) EXPECT_TRUE(at::equal(other, found[0]));
}

INSTANTIATE_TEST_SUITE_P(Kinds, PointHeads, ::testing::ValuesIn(test::kNetworkKinds),
                         [](const auto& info) { return info.param; });

TEST(PointHead, TakesCloudsOfManyPointsInPieces) {
  const auto recipe = parse_recipe(test::recipe_of("TogetherWithPoints"));
  const Network network(recipe);
  const auto weights = test::moved_weights(network);
  const auto input = network.prepare(test::example_scene(recipe, 1, 40000), false, false);
  const auto encoding = network.encode(weights, input);
  const auto found = network.point_probabilities(weights, input, encoding);
  ASSERT_EQ(found.size(0), 40000);
  EXPECT_TRUE(at::allclose(found, network.point_logits(weights, input, encoding).softmax(1), 1e-5, 1e-6));
}

TEST(PointHead, GivesOtherCategoriesPartsNoProbabilityHoweverHighTheTemperature) {
  const auto recipe = parse_recipe(test::small_parts_recipe());
  const Network network(recipe);
  const auto weights = test::moved_weights(network);
  const auto input = network.prepare(test::example_scene(recipe, 1, 200), false, false);
  const auto encoding = network.encode(weights, input, at::tensor({1}, at::kInt));
  const auto p = network.point_probabilities(weights, input, encoding, 1000);
  EXPECT_EQ(p.narrow(1, 0, 2).max().item<float>(), 0);
  EXPECT_GT(p.narrow(1, 2, 2).min().item<float>(), 0);
}

}  // namespace
}  // namespace treewalk
