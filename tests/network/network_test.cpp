// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/network/network.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <random>

#include "core/device/threads.h"
#include "core/network/ops.h"
#include "core/scene/normalise.h"
#include "core/scene/point_set.h"
#include "core/training/batch.h"
#include "tests/support/input_scene.h"
#include "tests/support/placement.h"
#include "tests/support/small_networks.h"

namespace treewalk {
namespace {

TEST(Weights, DependOnTheSeedOnly) {
  const Network network(parse_recipe(test::small_recipe()));
  at::Tensor a, b, c;
  initial_weights(network.parameters(), 3, &a);
  initial_weights(network.parameters(), 3, &b);
  initial_weights(network.parameters(), 4, &c);
  EXPECT_TRUE(at::equal(a, b));
  EXPECT_FALSE(at::equal(a, c));
}

class Networks : public ::testing::TestWithParam<std::string> {
 protected:
  Networks() : recipe(parse_recipe(test::recipe_of(GetParam()))) {}
  Recipe recipe;
};

TEST_P(Networks, LeavingOutWhatNothingReadsChangesNothing) {
  const Network network(recipe);
  const auto weights = test::moved_weights(network, at::kFloat);
  const auto same = [](const at::Tensor& x, const at::Tensor& y) { return at::equal(x, y); };  // every bit
  for (const int size : {1, 7, 60, 333, 1024, 3001}) {
    SCOPED_TRACE(size);
    const auto scene = test::example_scene(recipe, 1, size);
    const auto full = network.prepare(scene, false, true), less = network.prepare(scene, false, false);
    const auto a = network.encode(weights, full), b = network.encode(weights, less);
    EXPECT_TRUE(same(a.x[0], b.x[0]));
    EXPECT_TRUE(same(network.point_logits(weights, full, a), network.point_logits(weights, less, b)));
    if (!recipe.categories.empty()) {
      EXPECT_TRUE(same(a.category_logits, b.category_logits));
    }
  }
}

TEST_P(Networks, CloudsInOneBatchGetWhatTheyGetAlone) {
  const Network network(recipe);
  const auto weights = test::moved_weights(network, at::kDouble);
  std::vector<Scene> scenes;
  std::vector<at::Tensor> place;
  std::int64_t before = 0;
  for (int b = 0; b < 4; ++b) {
    scenes.push_back(test::in_double(test::example_scene(recipe, b, b == 2 ? 1 : 300 + 500 * b)));
    place.push_back(at::arange(0, scenes.back().size(), 3, at::kInt) + before);
    before += scenes.back().size();
  }
  const auto merged = network.prepare(merge_scenes(scenes), true, true, at::cat(place));
  const auto encoding = network.encode(weights, merged);
  const auto score = network.point_logits(weights, merged, encoding);
  const auto auxiliary = network.auxiliary_logits(weights, encoding);
  std::vector<std::int64_t> first_cell(recipe.scene.levels, 0);
  std::int64_t first_score = 0;
  for (int b = 0; b < 4; ++b) {
    const auto input = network.prepare(scenes[b], true, true, at::arange(0, scenes[b].size(), 3, at::kInt));
    const auto alone = network.encode(weights, input);
    // Matrix products see other rows around them, so the last bits may differ: in double only those do.
    const auto expect_part = [&](const at::Tensor& part, const at::Tensor& whole, std::int64_t first) {
      EXPECT_TRUE(at::allclose(whole.narrow(0, first, part.size(0)), part, 1e-11, 1e-11)) << b;
    };
    const auto own = network.point_logits(weights, input, alone);
    expect_part(own, score, first_score);
    first_score += own.size(0);
    const auto own_auxiliary = network.auxiliary_logits(weights, alone);
    for (int l = 0; l < recipe.scene.levels; ++l) {
      expect_part(alone.x[l], encoding.x[l], first_cell[l]);
      expect_part(own_auxiliary[l], auxiliary[l], first_cell[l]);
      first_cell[l] += alone.x[l].size(0);
    }
    if (recipe.categories.empty()) continue;
    expect_part(alone.category_logits, encoding.category_logits, b);
    EXPECT_EQ(alone.category[0].item<int>(), encoding.category[b].item<int>());
  }
  EXPECT_EQ(first_score, score.size(0));
}

TEST_P(Networks, GradientsOfABatchAreTheSumsOfTheClouds) {
  const Network network(recipe);
  auto weights = test::moved_weights(network, at::kDouble);
  for (auto& w : weights) w.requires_grad_(true);
  std::vector<Scene> scenes;
  for (int b = 0; b < 3; ++b) scenes.push_back(test::in_double(test::example_scene(recipe, b, 150 + 50 * b)));
  at::manual_seed(2);
  const auto probe = at::randn({150 + 200 + 250, network.classes()}, at::kDouble);
  const auto category_probe = at::randn({3, std::max(1, network.categories())}, at::kDouble);
  const auto category = at::tensor({1, 0, 1}, at::kInt);
  const auto gradients = [&](Scene scene, std::int64_t first_point, std::int64_t first_cloud) {
    const auto points = scene.size(), clouds = scene.clouds();
    const auto input = network.prepare(std::move(scene), true, true);
    const auto encoding = network.encode(
        weights, input, recipe.categories.empty() ? at::Tensor() : category.narrow(0, first_cloud, clouds));
    auto value = (network.point_logits(weights, input, encoding) * probe.narrow(0, first_point, points)).sum();
    if (!recipe.categories.empty())
      value = value + (encoding.category_logits * category_probe.narrow(0, first_cloud, clouds)).sum();
    return torch::autograd::grad({value}, {weights.begin(), weights.end()}, {}, std::nullopt, false, true);
  };
  const auto whole = gradients(merge_scenes(scenes), 0, 0);
  std::vector<at::Tensor> sum(weights.size());
  std::int64_t first = 0;
  for (int b = 0; b < 3; ++b) {
    const auto part = gradients(scenes[b], first, b);
    first += scenes[b].size();
    for (std::size_t i = 0; i < weights.size(); ++i)
      if (part[i].defined()) sum[i] = sum[i].defined() ? sum[i] + part[i] : part[i];
  }
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const auto& name = network.parameters().all()[i].name;
    ASSERT_EQ(whole[i].defined(), sum[i].defined()) << name;
    if (whole[i].defined()) {
      EXPECT_TRUE(at::allclose(whole[i], sum[i], 1e-9, 1e-9)) << name;
    }
  }
}

TEST_P(Networks, GradientsOfTheWholeLossMatchFiniteDifferences) {
  const Network network(recipe);
  auto weights = test::moved_weights(network, at::kDouble);
  for (auto& w : weights) w.requires_grad_(true);
  Batch batch;
  auto scene = test::in_double(test::example_scene(recipe, 2, 150));
  for (const auto& features : scene.cell)
    batch.cell_target.push_back(at::softmax(at::randn({features.size(0), network.classes()}, at::kDouble), 1));
  const auto place = at::arange(0, scene.size(), 3, at::kInt);
  batch.target = at::softmax(at::randn({place.size(0), network.classes()}, at::kDouble), 1);
  if (!recipe.categories.empty()) {
    batch.category = at::tensor({0}, at::kInt);
    batch.category_target = at::tensor({0.75, 0.25}, at::kDouble).view({1, 2});
    batch.target.narrow(1, 2, 2).zero_();  // only parts of the first category have a score
  }
  batch.input = network.prepare(std::move(scene), true, true, place);
  const auto loss = [&] {
    Dropout dropout(1, 2, 0.1, 0.1);  // the same in every call
    return batch_loss(network, weights, batch, recipe.training, &dropout);
  };
  const std::vector<at::Tensor> inputs(weights.begin(), weights.end());
  const auto gradients = torch::autograd::grad({loss()}, inputs, {}, std::nullopt, false, true);
  std::mt19937 random(1);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const auto& name = network.parameters().all()[i].name;
    if (name.find(".input_") != std::string::npos) {  // never trained
      EXPECT_FALSE(gradients[i].defined()) << name;
      continue;
    }
    for (int repeat = 0; repeat < 2; ++repeat) {
      const auto j = static_cast<std::int64_t>(random() % weights[i].numel());
      auto* cell = weights[i].detach().mutable_data_ptr<double>() + j;
      const double before = *cell, h = 1e-7;  // small, as relu has a kink
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
    const auto input = network.prepare(test::example_scene(recipe, 3, 20000), false, false);
    results.push_back(network.point_probabilities(weights, input, network.encode(weights, input)));
  }
  EXPECT_TRUE(at::equal(results[0], results[1]));
  EXPECT_TRUE(at::equal(results[0], results[2]));
}

TEST_P(Networks, OnePointIsEnough) {
  const Network network(recipe);
  at::Tensor flat;
  const auto weights = initial_weights(network.parameters(), 1, &flat);
  const auto input = network.prepare(test::example_scene(recipe, 3, 1), false, false);
  const auto probability = network.point_probabilities(weights, input, network.encode(weights, input));
  EXPECT_NEAR(probability.sum().item<float>(), 1, 1e-6);
}

INSTANTIATE_TEST_SUITE_P(Kinds, Networks, ::testing::ValuesIn(test::kNetworkKinds),
                         [](const auto& info) { return info.param; });

class Classifiers : public ::testing::TestWithParam<std::string> {
 protected:
  Classifiers() {
    auto json = test::small_classification_recipe();
    json["network"].erase("cell_size");
    json["network"]["normalise"] = "box";
    json["network"]["order"] = GetParam();
    json["network"]["point_stage"] = 8;
    json["features"] = {"coordinates", "shape", "offset"};
    recipe = parse_recipe(json);
  }
  Recipe recipe;
};

TEST_P(Classifiers, CloudsInOneBatchGetWhatTheyGetAlone) {
  const Network network(recipe);
  at::Tensor flat;
  auto weights = initial_weights(network.parameters(), 1, &flat);
  for (auto& w : weights) w = w.to(at::kDouble);
  std::vector<Scene> scenes;
  for (const int size : {300, 1, 900, 40})
    scenes.push_back(test::in_double(test::input_scene(
        normalised(make_point_set(test::small_shape(size % 20 == 0, size, size).view(), {}, {}), recipe.scene),
        recipe.scene, test::half_leaf_placement(recipe.scene))));
  const auto scores = [&](Scene scene) {
    const auto input = network.prepare(std::move(scene), true, false);
    return network.cloud_logits(weights, input, network.encode(weights, input));
  };
  const auto together = scores(merge_scenes(scenes));
  ASSERT_EQ(together.sizes(), at::IntArrayRef({4, 2}));
  for (int b = 0; b < 4; ++b) EXPECT_TRUE(at::allclose(together.narrow(0, b, 1), scores(scenes[b]), 1e-11, 1e-11)) << b;
}

TEST_P(Classifiers, ReadEveryLevel) {
  const Network network(recipe);
  const auto points = make_point_set(test::small_shape(true, 1).view(), {}, {});
  const auto input = network.prepare(
      test::input_scene(normalised(points, recipe.scene), recipe.scene, test::half_leaf_placement(recipe.scene)), false,
      false);
  ASSERT_EQ(input.steps.size(), network.steps().size());
  for (std::size_t s = 0; s < input.steps.size(); ++s)
    EXPECT_TRUE(levels_of(input.steps[s]) == levels_of(network.steps()[s])) << s;
}

INSTANTIATE_TEST_SUITE_P(Orders, Classifiers, ::testing::Values("up-down", "together"),
                         [](const auto& info) { return info.param == "together" ? "Together" : "UpDown"; });

}  // namespace
}  // namespace treewalk
