// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Networks on a device that stands in for a GPU: what the CPU computes, forward and backward, and how often the host
// waits.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <set>
#include <variant>

#include "core/network/network.h"
#include "core/network/ops.h"
#include "tests/stand_in/device.h"
#include "tests/support/attention_cases.h"
#include "tests/support/input_scene.h"
#include "tests/support/placement.h"
#include "tests/support/small_networks.h"

namespace treewalk {
namespace {

using test::tested_device;

Weights on(const Weights& weights, c10::Device device) {
  Weights moved;
  for (const auto& w : weights) moved.push_back(w.to(device));
  return moved;
}

void expect_same_rows(const AttentionRows& a, const AttentionRows& b) {
  EXPECT_TRUE(at::equal(a.rows.offset, b.rows.offset.cpu()));
  EXPECT_TRUE(at::equal(a.rows.column, b.rows.column.cpu()));
  EXPECT_TRUE(at::equal(a.relation, b.relation.cpu()));
  EXPECT_EQ(a.rows.columns, b.rows.columns);
  EXPECT_EQ(a.first_query, b.first_query);
  EXPECT_EQ(a.first_key, b.first_key);
  ASSERT_EQ(a.transposed.entry.defined(), b.transposed.entry.defined());
  if (!a.transposed.entry.defined()) return;
  EXPECT_TRUE(at::equal(a.transposed.entry, b.transposed.entry.cpu()));
  EXPECT_TRUE(at::equal(a.transposed.graph.offset, b.transposed.graph.offset.cpu()));
  EXPECT_TRUE(at::equal(a.transposed.graph.column, b.transposed.graph.column.cpu()));
}

class DeviceNetworks : public ::testing::TestWithParam<std::string> {
 protected:
  DeviceNetworks() : recipe(parse_recipe(test::recipe_of(GetParam()))), network(recipe) {}
  /// Three clouds in one, of which one is a single point.
  Scene scene(int size) const {
    std::vector<Scene> scenes;
    for (const int points : {size, 1, size / 2})
      scenes.push_back(test::in_double(test::example_scene(recipe, scenes.size() + 1, points)));
    return merge_scenes(scenes);
  }
  bool walks() const { return GetParam().find("Grf") != std::string::npos; }
  Recipe recipe;
  Network network;
};

TEST_P(DeviceNetworks, RowsAreThoseOfTheCpu) {
  const auto own = scene(300);
  const auto expected = network.prepare(own, true, true), found = network.prepare(to(own, tested_device()), true, true);
  ASSERT_EQ(expected.steps.size(), found.steps.size());
  for (std::size_t s = 0; s < expected.steps.size(); ++s) {
    const auto* step = std::get_if<FamilyStep>(&expected.steps[s]);
    if (!step) continue;
    const auto &rows = *step->rows, &rows_there = *std::get<FamilyStep>(found.steps[s]).rows;
    ASSERT_EQ(rows.size(), rows_there.size());
    for (std::size_t i = 0; i < rows.size(); ++i) expect_same_rows(rows[i], rows_there[i]);
  }
  EXPECT_TRUE(at::equal(expected.points.place, found.points.place.cpu()));
  if (!expected.points.node.defined()) return;
  expect_same_rows(expected.points.rows, found.points.rows);
  EXPECT_TRUE(at::equal(expected.points.node, found.points.node.cpu()));
}

/// Scores and the gradients of all weights.
struct Result {
  at::Tensor score, category_score;
  std::vector<at::Tensor> gradient, auxiliary;
};

TEST_P(DeviceNetworks, ScoresAndGradientsAreThoseOfTheCpu) {
  const auto weights = test::moved_weights(network, at::kDouble);
  const auto own = scene(200);
  const auto place = at::arange(0, own.size(), 3, at::kInt);
  at::manual_seed(3);
  const auto target = at::softmax(at::randn({place.size(0), network.classes()}, at::kDouble), 1);
  const auto run = [&](c10::Device device) {
    auto here = on(weights, device);
    for (auto& w : here) w.requires_grad_(true);
    const auto input = network.prepare(device.is_cpu() ? own : to(own, device), true, true, place);
    Dropout dropout(1, 2, 0.1, 0.1);
    const auto encoding = network.encode(here, input, {}, &dropout);
    Result result;
    result.score = network.point_logits(here, input, encoding, &dropout);
    auto loss = recipe.categories.empty() ? cross_entropy(result.score, target.to(device))
                                          : (result.score.tanh() * target.to(device)).sum();
    result.auxiliary = network.auxiliary_logits(here, encoding);
    for (const auto& level : result.auxiliary) loss = loss + level.square().mean();
    if (encoding.category_logits.defined()) {
      result.category_score = encoding.category_logits;
      loss = loss + encoding.category_logits.square().sum();
    }
    result.gradient = torch::autograd::grad({loss}, {here.begin(), here.end()}, {}, std::nullopt, false, true);
    return result;
  };
  const auto expected = run(at::kCPU), found = run(tested_device());
  const auto same = [](const at::Tensor& a, const at::Tensor& b) { return at::allclose(a, b.cpu(), 1e-6, 1e-9); };
  EXPECT_TRUE(same(expected.score, found.score));
  for (std::size_t l = 0; l < expected.auxiliary.size(); ++l)
    EXPECT_TRUE(same(expected.auxiliary[l], found.auxiliary[l])) << l;
  if (expected.category_score.defined()) {
    EXPECT_TRUE(same(expected.category_score, found.category_score));
  }
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const auto& name = network.parameters().all()[i].name;
    ASSERT_EQ(expected.gradient[i].defined(), found.gradient[i].defined()) << name;
    if (expected.gradient[i].defined()) {
      EXPECT_TRUE(same(expected.gradient[i], found.gradient[i])) << name;
    }
  }
}

TEST_P(DeviceNetworks, ProbabilitiesAreThoseOfTheCpuAndNeedNoMoreWaitsThanCounts) {
  const c10::InferenceMode inference;
  const auto weights = test::moved_weights(network), there = on(weights, tested_device());
  const auto own = test::example_scene(recipe, 1, 1000);
  const auto input = network.prepare(own, false, false);
  const auto expected = network.point_probabilities(weights, input, network.encode(weights, input));
  const auto moved = to(own, tested_device());
  test::reset_traffic();
  const auto input_there = network.prepare(moved, false, false);
  const auto found = network.point_probabilities(there, input_there, network.encode(there, input_there));
  const auto traffic = test::traffic();
  EXPECT_FALSE(found.is_cpu());
  EXPECT_TRUE(at::allclose(found.cpu(), expected, 1e-4, 1e-5));
  if (walks()) {
    std::set<const void*> masks;
    std::size_t sets = 0;  // of walks
    for (const auto& step : input_there.steps)
      if (const auto* mask = std::get_if<MaskStep>(&step))
        if (mask->masks && masks.insert(mask->masks.get()).second) sets += mask->masks->size();
    EXPECT_LE(traffic.waits.size(), 7 * sets);
    return;
  }
  // Where points attend, for the number of entries of their rows.
  EXPECT_TRUE(test::waits_are(traffic.waits, std::vector<std::string>(recipe.network.point_attention ? 1 : 0, "item")));
}

INSTANTIATE_TEST_SUITE_P(Kinds, DeviceNetworks, ::testing::ValuesIn(test::kNetworkKinds),
                         [](const auto& info) { return info.param; });

TEST(DeviceClassifiers, ClassifyAsTheCpuDoesAndWaitForNothing) {
  const auto recipe = parse_recipe(test::small_classification_recipe());
  const Network network(recipe);
  const auto weights = test::moved_weights(network, at::kDouble);
  std::vector<Scene> scenes;
  for (int b = 0; b < 3; ++b)
    scenes.push_back(test::in_double(test::input_scene(make_point_set(test::small_shape(b == 1, b).view(), {}, {}),
                                                       recipe.scene, test::half_leaf_placement(recipe.scene))));
  const auto own = merge_scenes(scenes), moved = to(own, tested_device());
  const auto input = network.prepare(own, false, true);
  const auto expected = network.cloud_logits(weights, input, network.encode(weights, input));
  const auto there = on(weights, tested_device());
  test::reset_traffic();
  const auto input_there = network.prepare(moved, false, true);
  const auto found = network.cloud_logits(there, input_there, network.encode(there, input_there));
  EXPECT_TRUE(test::traffic().waits.empty());
  EXPECT_TRUE(at::allclose(found.cpu(), expected, 1e-6, 1e-9));
}

// In float, where heads of 16 and 32 have bodies of their own.
TEST(DeviceAttention, IsThatOfTheCpuForHeadsOfAnyWidth) {
  for (const int width : {12, 16, 32}) {
    const test::Case c = test::random_case(test::family_lengths(300, width), 200, 3, width, 7);
    const at::Tensor output_gradient = at::randn_like(c.input.query);
    const at::Tensor geometry_gradient = at::randn_like(c.input.position_query);
    const auto run = [&](c10::Device device) {
      const auto there = [&](const at::Tensor& t) { return t.to(device).detach(); };
      AttentionInput in = c.input;
      for (at::Tensor* t : {&in.query, &in.key, &in.value, &in.position_query, &in.relation_slope, &in.relation_bias})
        *t = there(*t).set_requires_grad(true);
      in.node = there(in.node), in.relation_scale = there(in.relation_scale);
      AttentionRows rows = c.rows;
      for (at::Tensor* t : {&rows.rows.offset, &rows.rows.column, &rows.relation, &rows.transposed.graph.offset,
                            &rows.transposed.graph.column, &rows.transposed.entry})
        *t = there(*t);
      const auto out = attention(in, rows);
      auto results = torch::autograd::grad({out.output, out.offset}, test::parameters_of(in),
                                           {there(output_gradient), there(geometry_gradient)});
      results.insert(results.end(), {out.output.detach(), out.offset.detach()});
      return results;
    };
    const auto expected = run(at::kCPU), found = run(tested_device());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      SCOPED_TRACE(testing::Message() << "width " << width << ", result " << i);
      test::expect_close(found[i].cpu(), expected[i], 4e-6, "attention");  // each rounds by up to 2e-6
    }
  }
}

TEST(DeviceScenes, AreMergedWhereTheyLie) {
  const auto recipe = parse_recipe(test::small_recipe());
  std::vector<Scene> scenes, moved;
  for (int b = 0; b < 3; ++b) {
    scenes.push_back(test::example_scene(recipe, b, 100 + b));
    moved.push_back(to(scenes.back(), tested_device()));
  }
  test::reset_traffic();
  const auto found = merge_scenes(moved);
  EXPECT_TRUE(test::traffic().waits.empty());
  const auto expected = merge_scenes(scenes), back = to(found, at::kCPU);
  EXPECT_FALSE(found.position.is_cpu());
  EXPECT_TRUE(at::equal(back.hierarchy.node, expected.hierarchy.node));
  EXPECT_TRUE(at::equal(back.octree.order, expected.octree.order));
  EXPECT_TRUE(at::equal(back.cloud_point, expected.cloud_point));
  for (int l = 0; l < expected.hierarchy.levels(); ++l) {
    EXPECT_TRUE(at::equal(back.hierarchy.siblings[l].column, expected.hierarchy.siblings[l].column));
    EXPECT_TRUE(at::equal(back.cell[l], expected.cell[l]));
  }
}

}  // namespace
}  // namespace treewalk
