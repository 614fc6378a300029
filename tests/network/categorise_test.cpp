// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/network/categorise.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/network/network.h"
#include "tests/support/small_networks.h"

namespace treewalk {
namespace {

TEST(Parts, OfOtherCategoriesHaveNoProbability) {
  const auto recipe = parse_recipe(test::small_parts_recipe());
  const Network network(recipe);
  at::Tensor flat;
  const auto weights = initial_weights(network.parameters(), 1, &flat);
  const auto input =
      network.prepare(merge_scenes({test::example_scene(recipe, 1, 200), test::example_scene(recipe, 2, 100),
                                    test::example_scene(recipe, 3, 150)}),
                      false, false);
  const auto encoding = network.encode(weights, input, at::tensor({1, 0, 1}, at::kInt));
  EXPECT_TRUE(at::equal(encoding.category, at::tensor({1, 0, 1}, at::kInt)));
  const auto p = network.point_probabilities(weights, input, encoding);
  const auto lolly = at::cat({p.narrow(0, 0, 200), p.narrow(0, 300, 150)}), house = p.narrow(0, 200, 100);
  EXPECT_EQ(lolly.narrow(1, 0, 2).max().item<float>(), 0);
  EXPECT_EQ(house.narrow(1, 2, 2).max().item<float>(), 0);
  EXPECT_GT(lolly.narrow(1, 2, 2).min().item<float>(), 0);
  EXPECT_GT(house.narrow(1, 0, 2).min().item<float>(), 0);
}

TEST(Parts, TheCategoryFoundIsTheOneOfTheBestScoreAndCountsLikeOneGiven) {
  const auto recipe = parse_recipe(test::small_parts_recipe());
  const Network network(recipe);
  at::Tensor flat;
  const auto weights = initial_weights(network.parameters(), 1, &flat);
  const auto input = network.prepare(
      merge_scenes({test::example_scene(recipe, 1, 200), test::example_scene(recipe, 2, 100)}), false, false);
  const auto found = network.encode(weights, input), given = network.encode(weights, input, found.category);
  for (int b = 0; b < 2; ++b)
    EXPECT_EQ(found.category[b].item<int>(),
              found.category_logits[b][1].item<float>() > found.category_logits[b][0].item<float>());
  EXPECT_TRUE(at::equal(found.category_logits, given.category_logits)) << "what is given does not change what is found";
  EXPECT_TRUE(at::equal(network.point_logits(weights, input, found), network.point_logits(weights, input, given)));
  const auto other = network.encode(weights, input, 1 - found.category);
  EXPECT_FALSE(at::allclose(found.x[0], other.x[0]));
  EXPECT_THROW(network.encode(weights, input, at::tensor({0}, at::kInt)), c10::Error);
}

}  // namespace
}  // namespace treewalk
