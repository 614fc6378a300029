// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Networks that choose their clusters.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <string>
#include <vector>

#include "core/device/threads.h"
#include "core/network/assign_loss.h"
#include "core/network/ops.h"
#include "core/scene/scene.h"
#include "core/training/batch.h"
#include "core/training/targets.h"
#include "tests/stand_in/device.h"
#include "tests/support/small_networks.h"
#include "tests/support/support.h"

namespace treewalk {
namespace {

using test::same_tensor;

Json learned(const std::string& order) {
  auto json =
      order == "parts" ? test::small_parts_recipe() : test::recipe_of(order == "up-down" ? "UpDown" : "Together");
  json["network"]["hierarchy"] = "learned";
  return json;
}

constexpr const char* kOrders[] = {"up-down", "together", "parts"};

TEST(LearnedNetworks, ThatHoldToTheHomesAreTheOctreesBitForBit) {
  const auto recipe = parse_recipe(learned("up-down")), octree = parse_recipe(test::recipe_of("UpDown"));
  const Network network(recipe), plain(octree);
  auto weights = test::moved_weights(network);
  Weights kept;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const auto& name = network.parameters().all()[i].name;
    if (name.find(".assign.strength") != std::string::npos) weights[i] = at::tensor({0.0f, 0.0f, 1e6f});
    if (name.find(".assign.") == std::string::npos) kept.push_back(weights[i]);
  }
  ASSERT_EQ(kept.size(), plain.parameters().all().size());
  const auto scene = test::example_scene(recipe, 1, 3000);
  const auto input = network.prepare(scene, false, true), cells = plain.prepare(scene, false, true);
  const auto a = network.encode(weights, input), b = plain.encode(kept, cells);
  EXPECT_TRUE(same_tensor(a.hierarchy.node, scene.hierarchy.node));
  for (int l = 0; l + 1 < recipe.scene.levels; ++l) {
    EXPECT_TRUE(same_tensor(a.hierarchy.parent[l], scene.hierarchy.parent[l]));
    EXPECT_TRUE(same_tensor(a.hierarchy.children[l + 1].column, scene.hierarchy.children[l + 1].column));
  }
  EXPECT_TRUE(same_tensor(network.point_logits(weights, input, a), plain.point_logits(kept, cells, b)));
}

TEST(LearnedNetworks, GradientsOfTheTaskReachWhatChooses) {
  for (const char* order : kOrders) {
    const auto recipe = parse_recipe(learned(order));
    const Network network(recipe);
    auto weights = test::moved_weights(network, at::kDouble);
    for (auto& w : weights) w.requires_grad_(true);
    const auto input = network.prepare(test::in_double(test::example_scene(recipe, 1, 800)), true, true);
    const auto logits = network.point_logits(weights, input, network.encode(weights, input));
    const auto loss = logits.log_softmax(1).select(1, 0).sum();
    const auto found = torch::autograd::grad({loss}, {weights.begin(), weights.end()}, {}, std::nullopt, false, true);
    int choosing = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
      const auto& name = network.parameters().all()[i].name;
      if (!found[i].defined()) continue;
      EXPECT_TRUE(at::isfinite(found[i]).all().item<bool>()) << name;
      if (name.find(".assign.") != std::string::npos) choosing += (found[i] != 0).all().item<bool>();
    }
    EXPECT_EQ(choosing, 6) << order << ": the norm's gain, the features and the strengths of two levels";
  }
}

TEST(LearnedNetworks, AttentionsWeightsChangeGradientsOnly) {
  for (const char* order : kOrders) {
    std::vector<at::Tensor> scores;
    std::vector<std::vector<at::Tensor>> gradients;
    for (const bool attend : {false, true}) {
      auto json = learned(order);
      json["network"]["attend_weight"] = attend;
      // Of the last block only the leaves' queries are worked out, and they know no clusters of clusters.
      if (order == std::string("together")) json["network"]["blocks"] = 2;
      const auto recipe = parse_recipe(json);
      const Network network(recipe);
      auto weights = test::moved_weights(network, at::kDouble);
      std::vector<at::Tensor> choosing;
      for (std::size_t i = 0; i < weights.size(); ++i)
        if (network.parameters().all()[i].name.find(".assign.") != std::string::npos)
          choosing.push_back(weights[i].requires_grad_(true));
      const auto input = network.prepare(test::in_double(test::example_scene(recipe, 1, 800)), true, true);
      scores.push_back(network.point_logits(weights, input, network.encode(weights, input)));
      gradients.push_back(torch::autograd::grad({scores.back().log_softmax(1).select(1, 0).sum()}, choosing));
    }
    EXPECT_TRUE(at::equal(scores[0], scores[1])) << order;
    for (std::size_t i = 0; i < gradients[0].size(); ++i)
      EXPECT_GT((gradients[0][i] - gradients[1][i]).abs().max().item<double>(),
                1e-6 * gradients[0][i].abs().max().item<double>())
          << order << i;
  }
}

TEST(LearnedNetworks, AreTheSameForAnyNumberOfThreadsAndInABatch) {
  for (const char* order : kOrders) {
    const auto recipe = parse_recipe(learned(order));
    const Network network(recipe);
    const auto weights = test::moved_weights(network);
    std::vector<at::Tensor> results;
    for (const int threads : {1, 4}) {
      const ThreadCount count(threads);
      const auto input = network.prepare(test::example_scene(recipe, 3, 5000), false, false);
      results.push_back(network.point_probabilities(weights, input, network.encode(weights, input)));
    }
    EXPECT_TRUE(at::equal(results[0], results[1])) << order;

    const auto exact = test::moved_weights(network, at::kDouble);
    std::vector<Scene> scenes;
    for (int b = 0; b < 3; ++b) scenes.push_back(test::in_double(test::example_scene(recipe, b, b == 1 ? 1 : 400 + b)));
    const auto merged = network.prepare(merge_scenes(scenes), false, true);
    const auto together = network.encode(exact, merged);
    std::vector<std::int64_t> first(recipe.scene.levels, 0);
    for (const auto& scene : scenes) {
      const auto input = network.prepare(scene, false, true);
      const auto alone = network.encode(exact, input);
      for (int l = 0; l < recipe.scene.levels; ++l) {
        const auto cells = alone.x[l].size(0);
        EXPECT_TRUE(at::allclose(together.x[l].narrow(0, first[l], cells), alone.x[l], 1e-10, 1e-10)) << order << l;
        if (l + 1 < recipe.scene.levels) {
          EXPECT_TRUE(same_tensor(together.hierarchy.parent[l].narrow(0, first[l], cells),
                                  alone.hierarchy.parent[l] + static_cast<int>(first[l + 1])));
        }
      }
      for (int l = 0; l < recipe.scene.levels; ++l) first[l] += alone.x[l].size(0);
    }
  }
}

TEST(LearnedNetworks, RecordsAreThoseOfTheMembers) {
  const auto recipe = parse_recipe(learned("up-down"));
  const Network network(recipe);
  const auto scene = test::example_scene(recipe, 2, 4000);
  const auto input = network.prepare(scene, false, true);
  const auto h = network.encode(test::moved_weights(network), input).hierarchy;
  EXPECT_GT((h.parent[0] != scene.hierarchy.parent[0]).sum().item<int>(), 0) << "some nodes left their homes";
  for (int l = 1; l < h.levels(); ++l) {
    const auto below = h.node.narrow(0, h.first[l - 1], h.size(l - 1)).to(at::kDouble);
    const auto points = below.narrow(1, 7, 1), parent = h.parent[l - 1].to(at::kLong);
    const auto add = [&](const at::Tensor& rows) {
      return at::zeros({h.size(l), rows.size(1)}, at::kDouble).index_add(0, parent, rows);
    };
    const auto count = add(points), place = add(points * below.narrow(1, 0, 3)) / count;
    const auto record = h.node.narrow(0, h.first[l], h.size(l)).to(at::kDouble);
    EXPECT_TRUE(at::equal(record.narrow(1, 7, 1), count)) << l;
    EXPECT_TRUE(at::allclose(at::where(count > 0, place, record.narrow(1, 0, 3)), record.narrow(1, 0, 3), 1e-5, 1e-6));
  }
}

TEST(LearnedNetworks, LossesOfClustersEnterTheLossOfABatch) {
  auto json = learned("up-down");
  json["training"]["link_weight"] = 0.3;
  json["training"]["compact_weight"] = 0.1;
  const auto recipe = parse_recipe(json);
  const Network network(recipe);
  const auto weights = test::moved_weights(network);
  Batch batch;
  const auto scene = test::example_scene(recipe, 2, 500);
  std::vector<std::int8_t> label(500);
  for (int p = 0; p < 500; ++p) label[p] = static_cast<std::int8_t>(p % 3 - 1);
  batch.leaf_label = leaf_labels(scene.octree.level[0].point, label, network.classes());
  EXPECT_EQ(batch.leaf_label.sum().item<float>(), 333);
  batch.input = network.prepare(scene, true, true, at::arange(500, at::kInt));
  batch.target = at::full({500, network.classes()}, 1.0 / network.classes(), at::kFloat);
  const auto encoding = network.encode(weights, batch.input);
  auto expected = cross_entropy(network.point_logits(weights, batch.input, encoding), batch.target).item<double>();
  auto labels = batch.leaf_label;
  ASSERT_EQ(encoding.clusters.size(), 2u);
  for (std::size_t l = 0; l < 2; ++l) {
    const auto& [seeds, assignment] = encoding.clusters[l];
    expected += 0.5 * partition_loss(seeds, assignment, labels).item<double>() +
                0.1 * compact_loss(assignment).item<double>() +
                0.3 * link_loss(seeds, assignment, scene.hierarchy.siblings[l]).item<double>();
    labels = labels_of_clusters(assignment, labels);
  }
  EXPECT_NEAR(batch_loss(network, weights, batch, recipe.training).item<double>(), expected, 1e-5);
}

TEST(DeviceLearnedNetworks, ChooseTheCpusClusters) {
  const auto recipe = parse_recipe(learned("up-down"));
  const Network network(recipe);
  const auto weights = test::moved_weights(network);
  Weights there;
  for (const auto& w : weights) there.push_back(w.to(test::tested_device()));
  const auto scene = test::example_scene(recipe, 4, 3000);
  const auto here = network.encode(weights, network.prepare(scene, false, true));
  const auto found = network.encode(there, network.prepare(to(scene, test::tested_device()), false, true));
  const auto best = here.clusters[0].assignment.share.topk(2, 1);
  const auto clear = std::get<0>(best).select(1, 0) - std::get<0>(best).select(1, 1) > 1e-3;
  EXPECT_TRUE(((found.hierarchy.parent[0].cpu() == here.hierarchy.parent[0]) | ~clear).all().item<bool>());
  EXPECT_GT(clear.sum().item<int>(), clear.numel() * 9 / 10);
}

}  // namespace
}  // namespace treewalk
