// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/recipe/attention_recipe.h"

#include <gtest/gtest.h>

#include "tests/support/good_recipe.h"

namespace treewalk {
namespace {

using test::complaint;
using test::expect_says;
using test::good;

TEST(AttentionRecipe, AttentionIsANameOrAListOfThem) {
  auto json = good();
  EXPECT_EQ(parse_recipe(json).network.attention, std::vector<std::string>{"family"});
  EXPECT_EQ(attention_in_words(parse_recipe(json)), "family");
  json["network"]["attention"] = {"grf", "global"};
  const auto recipe = parse_recipe(json);
  EXPECT_EQ(recipe.network.attention, (std::vector<std::string>{"grf", "global"}));
  EXPECT_EQ(attention_in_words(recipe),
            "grf, global in turn; masks exact over up to 2 hops on the 8 nearest cells, one-sided, entry by entry, "
            "exponentials");
  expect_says(complaint([](Json& j) { j["network"]["attention"] = "grff"; }), {"attention", "grff", "grf"});
  expect_says(complaint([](Json& j) { j["network"]["attention"] = Json::array(); }), {"attention", "at least one"});
}

TEST(AttentionRecipe, WalksReplaceWhatIsTooMuchToCompute) {
  auto json = good();
  json["network"]["attention"] = "grf";
  auto& walks = json["network"]["walks"];
  walks = {{"hops", 4}};
  const auto thinned = parse_recipe(json);
  EXPECT_TRUE(thinned.network.walks.walks.powers());
  EXPECT_EQ(attention_in_words(thinned),
            "grf; masks of up to 4 hops, thinned without bias, a frontier of 32, 40 entries a row on the 8 nearest "
            "cells, one-sided, entry by entry, exponentials");
  walks = {{"hops", 4}, {"walkers", 8}};
  const auto sampled = parse_recipe(json);
  EXPECT_FALSE(sampled.network.walks.walks.powers());
  EXPECT_EQ(sampled.network.walks.walks.frontier, 0);
  EXPECT_TRUE(sampled.network.walks.walks.expected_last_hop);
  EXPECT_EQ(attention_in_words(sampled),
            "grf; masks by 8 repelling walkers of 4 hops, the last one in expectation on the 8 nearest cells, "
            "one-sided, entry by entry, exponentials");
  walks = {{"mask", "symmetric"}, {"hops", 2}};
  const auto entries = attention_in_words(parse_recipe(json));
  EXPECT_NE(entries.find(" on the 8 nearest cells, symmetric, entry by entry, "), std::string::npos) << entries;
  walks = {{"mask", "symmetric"}, {"hops", 4}, {"entries", 0}};  // rows of thousands
  EXPECT_TRUE(parse_recipe(json).network.walks.factored);
  walks = {
      {"hops", 3},           {"walkers", 5},       {"halt", 0.25}, {"halting", "antithetic"}, {"moves", "independent"},
      {"mask", "symmetric"}, {"path", "factored"}, {"seed", 7},    {"drawn", "per-block"}};
  const auto spec = parse_recipe(json).network.walks;
  EXPECT_TRUE(spec.walks.symmetric && spec.factored && spec.drawn == MaskSpec::per_block && spec.walks.antithetic &&
              !spec.walks.repelling);
  EXPECT_EQ(spec.walks.walkers, 5);
  EXPECT_EQ(spec.walks.seed, 7u);
  EXPECT_FALSE(spec.walks.expected_last_hop);
  walks = {{"feature_map", "favor"}, {"features", 8}};
  EXPECT_EQ(parse_recipe(json).network.walks.feature_map, FeatureMap::favor);
  const auto with = [](const Json& changed) { return complaint([&](Json& j) { j["network"]["walks"] = changed; }); };
  expect_says(with({{"feature_map", "gelu"}}), {"feature_map", "gelu", "favor"});
  expect_says(with({{"walker", 3}}), {"walker", "walkers"});
  expect_says(with({{"walkers", 4}, {"halt", 0.7}, {"halting", "antithetic"}}), {"halt", "0.5"});
  expect_says(with({{"path", "factored"}}), {"path", "symmetric"});
  expect_says(with({{"features", 16}}), {"features", "favor"});
  expect_says(with({{"walkers", 4}, {"frontier", 9}}), {"frontier", "walkers"});
  expect_says(with({{"diagonal", "independent"}}), {"diagonal", "symmetric"});
  expect_says(with({{"halt", 0.25}}), {"halt", "walkers"});
  expect_says(with({{"mask", "symmetric"}, {"path", "factored"}, {"feature_map", "exponential"}}),
              {"path", "exponential"});
}

}  // namespace
}  // namespace treewalk
