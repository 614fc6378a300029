// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "tests/sequoia_reference/both_forms.h"
#include "tests/sequoia_reference/examples.h"
#include "tests/sequoia_reference/network.h"
#include "tests/sequoia_reference/plain.h"
#include "tests/sequoia_reference/surfaces.h"
#include "tests/sequoia_reference/tree.h"

namespace treewalk::sequoia_reference {
namespace {

class ReleasedAttention : public ::testing::TestWithParam<const char*> {
 protected:
  ReleasedAttention() : network(7) {
    calibrate(network, surfaces_batch(6, 150, 20, Embedding::of_normals));
    const std::string cloud = GetParam();
    const Surface surface = made_up_surface(2, 100, 3);
    const at::Tensor position = cloud == "surface" ? surface.position : five_corners(60);
    example = std::make_unique<Example>(position, cloud == "surface" ? surface.normal : position,
                                        network.blocks()[0].layer().siblings());
    for (int i = 0; i < kLevels; ++i) y[i] = at::randn({example->batch.level[i].nodes(), width_of(i)});
  }
  Classifier network;
  std::unique_ptr<Example> example;
  PerLevel y;
};

TEST_P(ReleasedAttention, OfEachRelationEqualsLoopsOverNodes) {
  const at::NoGradGuard no_gradients;
  const PlainNetwork plain(network.state(), example->tree, example->siblings);
  const TreeLayer& layer = network.blocks()[1].layer();
  const char* names[] = {"parents", "children", "siblings"};
  for (int which = 0; which < kRelations; ++which) {
    const auto expected = plain.relation(1, names[which], example->rows(y));
    for (int i = 0; i < kLevels; ++i) {
      const at::Tensor siblings = i < 3 ? nearest_by_sorting(example->batch.level[i], layer.siblings()) : at::Tensor();
      const at::Tensor found = layer.relation(Relation(which), i, y, example->batch, siblings, false, {});
      const bool missing = which == kChildren ? i == 0 : i == 3;
      ASSERT_EQ(found.defined(), !missing);
      if (missing) continue;
      EXPECT_LT(example->difference(found, i, expected), 1e-5) << names[which] << ", level " << i;
    }
  }
}

TEST_P(ReleasedAttention, MixesRelationsAndCountsMissingOnesAsZero) {
  const at::NoGradGuard no_gradients;
  const TreeLayer& layer = network.blocks()[1].layer();
  const PerLevel z = layer(y, example->batch, {true, true, true, true}, false, {});
  const at::Tensor theta = network.state().at("enc.1.attn2a.weight").exp(), share = theta / theta.sum();
  for (int i = 0; i < kLevels; ++i) {
    const at::Tensor siblings = i < 3 ? nearest_by_sorting(example->batch.level[i], layer.siblings()) : at::Tensor();
    at::Tensor expected = at::zeros_like(z[i]);
    for (const Relation which : {kParent, kChildren, kSibling}) {
      const at::Tensor part = layer.relation(which, i, y, example->batch, siblings, false, {});
      if (part.defined()) expected += share[which] * part;
    }
    EXPECT_TRUE(at::allclose(z[i], expected, 1e-5, 1e-5)) << "level " << i;
  }
}

TEST_P(ReleasedAttention, WholeNetworkEqualsLoopsOverNodes) {
  const at::NoGradGuard no_gradients;
  const PlainNetwork plain(network.state(), example->tree, example->siblings);
  const Mode mode;
  PerLevel x = network.embedding()(example->batch, false, mode);
  auto expected = plain.embedding(example->features, example->leaf_neighbours);
  for (int i = 0; i < kLevels; ++i) EXPECT_LT(example->difference(x[i], i, expected), 1e-5) << "embedding, level " << i;
  for (int b = 0; b < kBlocks; ++b) {
    x = network.blocks()[b](x, example->batch, {true, true, true, true}, {}, mode);
    expected = plain.block(b, expected);
    for (int i = 0; i < kLevels; ++i)
      EXPECT_LT(example->difference(x[i], i, expected), 1e-4) << "block " << b << ", level " << i;
  }
  Row hidden = plain.linear("cls.0", expected[example->ids[3][0]]);
  for (std::size_t c = 0; c < hidden.size(); ++c) hidden[c] += network.state().at("cls.0.bias")[c].item<double>();
  hidden = plain.batch_norm("cls.1", hidden);
  relu(hidden);
  const Row logits = plain.linear("cls.3", hidden);
  const at::Tensor found = network(example->batch, {}, mode);
  const double largest = found.abs().max().item<double>();
  for (std::size_t c = 0; c < logits.size(); ++c)
    EXPECT_NEAR(found[0][c].item<double>(), logits[c], 1e-5 * largest) << c;
}

INSTANTIATE_TEST_SUITE_P(Clouds, ReleasedAttention, ::testing::Values("surface", "five corners"), [](const auto& info) {
  return std::string(info.param) == "surface" ? "Surface" : "FiveCorners";
});

TEST(ReleasedSegmenter, EqualsLoopsOverNodes) {
  const at::NoGradGuard no_gradients;
  const Segmenter network(7);
  calibrate(network, surfaces_batch(6, 150, 20, Embedding::of_positions));
  const at::Tensor position = made_up_surface(2, 100, 3).position;
  const Example example(position, position, network.blocks()[0].layer().siblings());
  const PlainNetwork plain(network.state(), example.tree, example.siblings);
  auto expected = plain.embedding(position, {});
  for (int b = 0; b < kBlocks; ++b) expected = plain.block(b, expected);
  const std::int64_t category = 11;
  const at::Tensor found = network(example.batch, at::tensor({category}, at::kLong), {}, {});
  std::vector<Row> logits(example.tree.nodes());
  const at::Tensor bias = network.state().at("cls.0.bias"), last = network.state().at("cls.3.bias");
  for (std::int64_t u = 0; u < example.tree.points; ++u) {
    Row x = expected[u];
    for (int c = 0; c < 16; ++c) x.push_back(c == category);
    x = plain.linear("cls.0", x);
    double mean = 0, variance = 0;
    for (std::size_t c = 0; c < x.size(); ++c) mean += (x[c] += bias.const_data_ptr<float>()[c]) / 512;
    for (const double value : x) variance += (value - mean) * (value - mean) / 512;
    for (double& value : x) value = (value - mean) / std::sqrt(variance + 1e-5);
    relu(x);
    logits[u] = plain.linear("cls.3", x);
    for (std::size_t c = 0; c < 50; ++c) logits[u][c] += last.const_data_ptr<float>()[c];
  }
  EXPECT_LT(example.difference(found, 0, logits), 1e-5);
}

TEST(ReleasedAttentionToParents, CoversBothOfAChildWithTwo) {
  // Rounding could give a voxel two parents; no cloud that does is known, so one is made by hand.
  const at::NoGradGuard no_gradients;
  const Classifier network(7);
  const Surface surface = made_up_surface(2, 100, 3);
  Tree tree = build_tree(surface.position);
  const auto first = std::find_if(tree.edge.begin(), tree.edge.end(), [](const Edge& e) { return e.child_depth == 2; });
  Edge second = *first;
  second.parent = std::find_if(tree.edge.begin(), tree.edge.end(), [&](const Edge& e) {
                    return e.child_depth == 1 && e.child != first->parent;
                  })->child;
  tree.edge.insert(first + 3, second);
  const Example example(tree, surface.normal, 8);
  ASSERT_FALSE(example.batch.links[1].single_parents);
  PerLevel y;
  for (int i = 0; i < kLevels; ++i) y[i] = at::randn({example.batch.level[i].nodes(), width_of(i)});
  const PlainNetwork plain(network.state(), tree, example.siblings);
  for (const bool skip_trivial : {false, true}) {
    const TreeLayer& layer = network.blocks()[0].layer();
    const at::Tensor found = layer.relation(kParent, 1, y, example.batch, {}, skip_trivial, {});
    EXPECT_LT(example.difference(found, 1, plain.relation(0, "parents", example.rows(y))), 1e-5);
  }
  // Pooling knows the first parent only.
  const Batch single = make_batch({build_tree(surface.position)}, {surface.normal});
  for (const bool aligned : {false, true})
    EXPECT_TRUE(at::equal(pooled_into(example.batch, 1, aligned), pooled_into(single, 1, aligned))) << aligned;
}

TEST(ReleasedAttentionToParents, IsVacuous) {
  Classifier network(7);
  const Batch batch = surfaces_batch(2, 150, 20, Embedding::of_normals);
  const TreeLayer& layer = network.blocks()[0].layer();
  PerLevel y;
  for (int i = 0; i < kLevels; ++i) y[i] = at::randn({batch.level[i].nodes(), width_of(i)});
  for (int i = 0; i < 3; ++i) {
    const at::Tensor out = layer.relation(kParent, i, y, batch, {}, false, {true});
    (out * at::randn_like(out)).sum().backward();
    const std::string name = "enc.0.attn2a.", level = "." + std::to_string(i) + ".weight";
    const auto gradient = [&](const std::string& part) {
      return network.state().at(name + part + level).grad().abs().max().item<double>();
    };
    EXPECT_EQ(gradient("linearQ"), 0);
    EXPECT_EQ(gradient("shrinks_K"), 0);
    EXPECT_GT(gradient("shrinks_V"), 0);
    EXPECT_TRUE(at::equal(out, layer.relation(kParent, i, y, batch, {}, true, {true})));
  }
}

TEST(ReleasedRelativePosition, TakesStatisticsOverAllRowsPaddedOnesToo) {
  const at::NoGradGuard no_gradients;
  const Classifier network(7);
  const at::Tensor position = five_corners(60);
  const Batch batch = make_batch({build_tree(position)}, {position});
  PerLevel y;
  for (int i = 0; i < kLevels; ++i) y[i] = at::randn({batch.level[i].nodes(), width_of(i)});
  const at::Tensor siblings = nearest_by_sorting(batch.level[2], 8);
  network.blocks()[0].layer().relation(kSibling, 2, y, batch, siblings, false, {true, 1});
  const std::string name = "enc.0.attn2a.siblings_attns.2.pe_mlp.";
  at::Tensor sum = at::zeros({3});
  for (std::int64_t u = 0; u < 5; ++u)
    for (int e = 0; e < 8; ++e)
      sum += at::matmul(network.state().at(name + "0.weight"),
                        batch.level[2].position[u] - batch.level[2].position[siblings[u][e].item<std::int64_t>()]) +
             network.state().at(name + "0.bias");
  EXPECT_TRUE(at::allclose(network.state().at(name + "1.running_mean"), sum / 40, 1e-4, 1e-6));
}

}  // namespace
}  // namespace treewalk::sequoia_reference
