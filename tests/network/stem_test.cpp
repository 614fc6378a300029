// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/network/stem.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/network/network.h"
#include "tests/support/small_networks.h"

namespace treewalk {
namespace {

TEST(Standardised, InputsHaveMeanZeroAndDeviationOne) {
  const auto recipe = parse_recipe(test::recipe_of("TogetherWithPoints"));
  const Network network(recipe);
  ASSERT_TRUE(network.standardises());
  at::Tensor flat;
  auto weights = initial_weights(network.parameters(), 1, &flat);
  std::vector<Scene> scenes{test::example_scene(recipe, 1, 3000), test::example_scene(recipe, 2, 800)};
  for (auto& scene : scenes) scene.cell[1].select(1, 2).fill_(7);  // a constant column
  network.standardise(scenes, weights);
  const auto& all = network.parameters().all();
  for (std::size_t i = 0; i + 1 < all.size(); ++i) {
    const auto dot = all[i].name.find(".input_centre");
    if (dot == std::string::npos) continue;
    const auto part = all[i].name.substr(0, dot);
    ASSERT_EQ(all[i + 1].name, part + ".input_factor");
    const auto of = [&](const Scene& s) { return part == "points" ? s.point : s.cell[part.back() - '0']; };
    const auto input = at::cat({of(scenes[0]), of(scenes[1])}).to(at::kDouble);
    const auto standard = (input - weights[i]) * weights[i + 1];
    EXPECT_LT(standard.mean(0).abs().max().item<double>(), 1e-4) << part;
    auto deviation = standard.std(0, false);
    if (part == "level1") {
      EXPECT_NEAR(weights[i][2].item<float>(), 7, 1e-6);
      EXPECT_EQ(weights[i + 1][2].item<float>(), 1);
      deviation[2].fill_(1);
    }
    EXPECT_LT((deviation - 1).abs().max().item<double>(), 1e-3) << part;
  }
}

TEST(Standardised, NumbersReplaceTheInputsOfTheFirstLayer) {
  // Scenes standardised beforehand through a network that does nothing give the same.
  const auto recipe = parse_recipe(test::recipe_of("TogetherWithPoints"));
  const Network network(recipe);
  at::Tensor flat, same_flat;
  auto weights = initial_weights(network.parameters(), 1, &flat);
  const auto nothing = initial_weights(network.parameters(), 1, &same_flat);
  const auto scene = test::example_scene(recipe, 1, 1000);
  network.standardise({scene}, weights);
  auto before = scene;
  const auto& all = network.parameters().all();
  for (std::size_t i = 0; i + 1 < all.size(); ++i) {
    const auto dot = all[i].name.find(".input_centre");
    if (dot == std::string::npos) continue;
    const auto part = all[i].name.substr(0, dot);
    auto& input = part == "points" ? before.point : before.cell[part.back() - '0'];
    input = (input - weights[i]) * weights[i + 1];
  }
  const auto a = network.prepare(scene, false, true), b = network.prepare(before, false, true);
  const auto x = network.encode(weights, a), y = network.encode(nothing, b);
  for (int l = 0; l < recipe.scene.levels; ++l) EXPECT_TRUE(at::equal(x.x[l], y.x[l])) << l;
  EXPECT_TRUE(at::equal(x.point_embedding, y.point_embedding));
}

}  // namespace
}  // namespace treewalk
