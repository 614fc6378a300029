// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors

// The released point-cloud networks of Sequoia (TMLR 2024) as specified. What these tests cannot show without the
// release's own code, data or weights: that edges and centres equal those of its loader on its data, that logits equal
// those of its networks (only that both forms here agree with the text and with each other), its accuracies, and the
// order in which it takes equally distant neighbours.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "tests/sequoia_reference/examples.h"
#include "tests/sequoia_reference/network.h"

namespace treewalk::sequoia_reference {
namespace {

/// The products here are so small that threads would only wait for each other.
class OneThread : public ::testing::Environment {
  void SetUp() override { at::set_num_threads(1); }
};
const auto* const one_thread = ::testing::AddGlobalTestEnvironment(new OneThread);

TEST(ReleasedParameters, AreAsManyAsInTheRelease) {
  EXPECT_EQ(Classifier(1).state().numel(), 40173588);
  EXPECT_EQ(Segmenter(1).state().numel(), 39728030);
}

TEST(ReleasedParameters, HaveTheNamesAndShapesOfTheStateDict) {
  const Classifier classifier(1);
  const Segmenter segmenter(1);
  const auto shape = [](const Network& network, const std::string& name) {
    return network.state().at(name).sizes().vec();
  };
  using Shape = std::vector<std::int64_t>;
  EXPECT_EQ(shape(classifier, "_init.projections.0.conv.local_nn.lins.0.weight"), (Shape{128, 6}));
  EXPECT_EQ(shape(classifier, "_init.projections.3.1.running_var"), (Shape{1024}));
  EXPECT_EQ(shape(classifier, "enc.0.attn2a.weight"), (Shape{3}));
  EXPECT_EQ(shape(classifier, "enc.3.mlp1s.2.0.weight"), (Shape{512, 512}));
  EXPECT_EQ(shape(classifier, "enc.2.attn2a.linearQ.3.weight"), (Shape{1024, 1024}));
  EXPECT_EQ(shape(classifier, "enc.1.attn2a.expands_K.2.weight"), (Shape{1024, 512}));
  EXPECT_EQ(shape(classifier, "enc.1.attn2a.shrinks_V.0.weight"), (Shape{128, 256}));
  EXPECT_EQ(shape(classifier, "enc.1.attn2a.parents_attns.3.pe_mlp.3.weight"), (Shape{256, 3}));
  EXPECT_EQ(shape(classifier, "enc.1.attn2a.children_attns.0.pe_mlp.1.running_mean"), (Shape{3}));
  EXPECT_EQ(shape(classifier, "enc.0.attn2bs.1.0.bias"), (Shape{256}));
  EXPECT_EQ(shape(classifier, "enc.0.mlp3as.3.1.weight"), (Shape{1024}));
  EXPECT_EQ(shape(classifier, "cls.3.weight"), (Shape{40, 512}));
  EXPECT_EQ(shape(segmenter, "_init.projections.0.0.weight"), (Shape{128, 3}));
  EXPECT_EQ(shape(segmenter, "cls.0.weight"), (Shape{512, 144}));
  EXPECT_EQ(shape(segmenter, "cls.1.bias"), (Shape{512}));
  EXPECT_THROW(classifier.state().at("enc.4.attn2a.weight"), c10::Error);
  for (const Network* network : {static_cast<const Network*>(&classifier), static_cast<const Network*>(&segmenter)}) {
    std::set<std::string> names;
    for (const auto& [name, value] : network->state().parameters()) EXPECT_TRUE(names.insert(name).second) << name;
    for (const auto& [name, value] : network->state().buffers()) EXPECT_TRUE(names.insert(name).second) << name;
  }
}

struct Reached {
  std::int64_t connected = 0, non_zero = 0;  ///< numbers in tensors that have a gradient; that is not all zero
};

Reached reached_by_gradient(const StateDict& state) {
  Reached reached;
  for (const auto& [name, value] : state.parameters()) {
    const at::Tensor& gradient = value.grad();
    if (!gradient.defined()) continue;
    reached.connected += value.numel();
    if (gradient.ne(0).any().item<bool>()) reached.non_zero += value.numel();
  }
  return reached;
}

TEST(ReleasedParameters, OfTheClassifierAThirdIsNeverTrained) {
  Classifier classifier(2);
  const Batch batch = surfaces_batch(3, 200, 1, Embedding::of_normals);
  smoothed_loss(classifier(batch, {}, {true}), at::tensor({3, 17, 39}, at::kLong)).backward();
  const Reached reached = reached_by_gradient(classifier.state());
  EXPECT_EQ(reached.connected, 29573678);
  EXPECT_EQ(reached.non_zero, 24560174);
  EXPECT_NEAR(1 - double(reached.non_zero) / double(classifier.state().numel()), 0.39, 0.005);
}

TEST(ReleasedParameters, OfTheSegmenterTwoThirdsAreNeverTrained) {
  Segmenter segmenter(2);
  const Batch batch = surfaces_batch(2, 200, 1, Embedding::of_positions);
  const at::Tensor logits = segmenter(batch, at::tensor({3, 15}, at::kLong), {}, {true});
  at::cross_entropy_loss(logits, at::arange(400, at::kLong).remainder(50)).backward();
  EXPECT_NEAR(double(reached_by_gradient(segmenter.state()).non_zero), 13.2e6, 0.05e6);
}

TEST(ReleasedLoss, IsNoLowerThanTheEntropyOfItsTargets) {
  const at::Tensor label = at::tensor({0, 7, 39}, at::kLong);
  const at::Tensor target = at::full({3, 40}, 0.2 / 39).scatter(1, label.unsqueeze(1), 0.8);
  EXPECT_NEAR(smoothed_loss(target.log(), label).item<double>(), 1.2331, 5e-5);
  EXPECT_NEAR(smoothed_loss(at::zeros({3, 40}), label).item<double>(), std::log(40.0), 1e-5);
  for (const double step : {-0.3, 0.3})
    EXPECT_GT(smoothed_loss(target.log() + step * target, label).item<double>(), 1.2331) << step;
}

}  // namespace
}  // namespace treewalk::sequoia_reference
