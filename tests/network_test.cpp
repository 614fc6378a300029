// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/network/network.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <random>

#include "core/device/threads.h"
#include "core/features/point_set.h"
#include "core/network/ops.h"
#include "core/training/step.h"
#include "tests/small_scenes.h"

namespace treewalk {
namespace {

using test::small_recipe;

Scene small_scene(const Recipe& recipe, const Cloud& cloud) {
  return make_scene(make_point_set(cloud.view(), {}, {}), recipe.scene, default_phase(recipe.scene));
}

TEST(Plan, GoesUpWithoutAncestorsAndDownWithThem) {
  NetworkSpec spec;
  const auto plan = make_plan(spec, 3);
  const std::vector<std::pair<PlanStep::Kind, int>> expected{
      {PlanStep::attend, 0}, {PlanStep::pool, 1},   {PlanStep::attend, 1}, {PlanStep::pool, 2},  {PlanStep::attend, 2},
      {PlanStep::spread, 1}, {PlanStep::attend, 1}, {PlanStep::spread, 0}, {PlanStep::attend, 0}};
  ASSERT_EQ(plan.size(), expected.size());
  for (std::size_t s = 0; s < plan.size(); ++s) {
    EXPECT_EQ(plan[s].kind, expected[s].first) << s;
    EXPECT_EQ(plan[s].to, expected[s].second) << s;
    if (plan[s].kind == PlanStep::attend) {
      EXPECT_EQ(plan[s].family.ancestors, s > 4 ? 1 : 0) << s;
      EXPECT_EQ(plan[s].first_source, std::max(0, plan[s].to - 1)) << s;
      EXPECT_EQ(plan[s].last_source, plan[s].to + (s > 4 ? 1 : 0)) << s;
    }
  }
}

TEST(Plan, TogetherPoolsUpwardsAndThenAttendsAtAllLevels) {
  NetworkSpec spec;
  spec.order = "together";
  spec.blocks = 2;
  spec.relations.ancestors = 2;
  const auto plan = make_plan(spec, 3);
  ASSERT_EQ(plan.size(), 4u);
  EXPECT_EQ(plan[0].kind, PlanStep::pool);
  EXPECT_EQ(plan[1].kind, PlanStep::pool);
  for (int s : {2, 3}) {
    EXPECT_EQ(plan[s].kind, PlanStep::attend);
    EXPECT_EQ(plan[s].from, 0);
    EXPECT_EQ(plan[s].to, 2);
    EXPECT_EQ(plan[s].last_source, 2);
  }
}

TEST(Weights, DependOnTheSeedOnly) {
  const Network network(parse_recipe(small_recipe()));
  at::Tensor a, b, c;
  initial_weights(network.parameters(), 3, &a);
  initial_weights(network.parameters(), 3, &b);
  initial_weights(network.parameters(), 4, &c);
  EXPECT_TRUE(at::equal(a, b));
  EXPECT_FALSE(at::equal(a, c));
}

class Networks : public ::testing::TestWithParam<std::string> {
 protected:
  Networks() {
    auto json = small_recipe();
    json["network"]["order"] = GetParam();
    if (GetParam() == "together") {
      json["network"]["widths"] = {16, 16, 16};
      json["network"]["relations"] = {"siblings", "children", "ancestors"};
    }
    recipe = parse_recipe(json);
  }
  Recipe recipe;
};

TEST_P(Networks, FusedProbabilitiesEqualTheSoftmaxOfTheScores) {
  const Network network(recipe);
  at::Tensor flat;
  const auto weights = initial_weights(network.parameters(), 1, &flat);
  const auto input = network.prepare(small_scene(recipe, test::small_table(1)), true);
  const auto x = network.encode(weights, input);
  const auto all = at::arange(input.scene.size(), at::kInt);
  const auto expected = at::softmax(network.point_scores(weights, input, x, all), 1);
  EXPECT_TRUE(at::allclose(network.point_probabilities(weights, input, x), expected, 1e-5, 1e-6));
}

TEST_P(Networks, GradientsOfTheWholeLossMatchFiniteDifferences) {
  const Network network(recipe);
  at::Tensor flat;
  auto weights = initial_weights(network.parameters(), 1, &flat);
  // Terms that start at zero are moved, so that no gradient is trivial; everything is in double.
  at::manual_seed(1);
  for (auto& w : weights) w = (w + 0.1 * at::randn_like(w)).to(at::kDouble).requires_grad_(true);
  TrainingExample example;
  auto scene = small_scene(recipe, test::small_table(2, 300));
  for (auto& features : scene.cell) features = features.to(at::kDouble);
  scene.offset = scene.offset.to(at::kDouble);
  scene.point = scene.point.to(at::kDouble);
  for (const auto& features : scene.cell)
    example.cell_target.push_back(at::softmax(at::randn({features.size(0), 2}, at::kDouble), 1));
  example.place = at::arange(0, scene.size(), 3, at::kInt);
  example.target = at::softmax(at::randn({example.place.size(0), 2}, at::kDouble), 1);
  example.input = network.prepare(std::move(scene), true);
  const auto loss = [&] { return step_loss(network, weights, example, 0.3); };
  const std::vector<at::Tensor> inputs(weights.begin(), weights.end());
  const auto gradients = torch::autograd::grad({loss()}, inputs, {}, std::nullopt, false, true);
  std::mt19937 random(1);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const auto& name = network.parameters().all()[i].name;
    for (int repeat = 0; repeat < 2; ++repeat) {
      const auto j = static_cast<std::int64_t>(random() % weights[i].numel());
      auto* cell = weights[i].detach().mutable_data_ptr<double>() + j;
      const double before = *cell, h = 1e-5;
      *cell = before + h;
      const double above = loss().item<double>();
      *cell = before - h;
      const double below = loss().item<double>();
      *cell = before;
      const double ours = gradients[i].defined() ? gradients[i].view(-1)[j].item<double>() : 0;
      ASSERT_NEAR(ours, (above - below) / (2 * h), 1e-6 + 1e-4 * std::abs(ours)) << name << "[" << j << "]";
    }
  }
}

TEST_P(Networks, ProbabilitiesHaveTheSameBitsForAnyNumberOfThreads) {
  const Network network(recipe);
  at::Tensor flat;
  const auto weights = initial_weights(network.parameters(), 1, &flat);
  std::vector<at::Tensor> results;
  for (const int threads : {1, 2, 4}) {
    const ThreadCount count(threads);
    const auto input = network.prepare(small_scene(recipe, test::small_table(3, 20000)), false);
    results.push_back(network.point_probabilities(weights, input, network.encode(weights, input)));
  }
  EXPECT_TRUE(at::equal(results[0], results[1]));
  EXPECT_TRUE(at::equal(results[0], results[2]));
}

TEST_P(Networks, OnePointIsEnough) {
  const Network network(recipe);
  at::Tensor flat;
  const auto weights = initial_weights(network.parameters(), 1, &flat);
  const auto input = network.prepare(small_scene(recipe, test::labelled_cloud({1, 2, 3}, {1})), false);
  const auto probability = network.point_probabilities(weights, input, network.encode(weights, input));
  EXPECT_NEAR(probability.sum().item<float>(), 1, 1e-6);
}

INSTANTIATE_TEST_SUITE_P(Orders, Networks, ::testing::Values("up-down", "together"),
                         [](const auto& info) { return info.param == "together" ? "Together" : "UpDown"; });

}  // namespace
}  // namespace treewalk
