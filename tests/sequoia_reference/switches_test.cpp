// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <ATen/ATen.h>
#include <ATen/record_function.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "tests/sequoia_reference/examples.h"
#include "tests/sequoia_reference/nearest_by_tree.h"
#include "tests/sequoia_reference/network.h"

namespace treewalk::sequoia_reference {
namespace {

TEST(ReleasedPruning, KeepsTheLevelsWithinReach) {
  // A level's output is needed if the level itself or a neighbour is needed one block later.
  for (int target = 0; target < kLevels; ++target) {
    LevelSet expected{};
    expected[target] = true;
    for (int block = kBlocks; block >= 0; --block) {
      EXPECT_EQ(needed_levels(block, target), expected) << "block " << block << ", target " << target;
      LevelSet before{};
      for (int i = 0; i < kLevels; ++i)
        before[i] = expected[i] || (i > 0 && expected[i - 1]) || (i < 3 && expected[i + 1]);
      expected = before;
    }
  }
  EXPECT_EQ(needed_levels(2, 3), (LevelSet{false, true, true, true}));
  EXPECT_EQ(needed_levels(3, 3), (LevelSet{false, false, true, true}));
  EXPECT_EQ(needed_levels(4, 3), (LevelSet{false, false, false, true}));
  EXPECT_EQ(needed_levels(2, 0), (LevelSet{true, true, true, false}));
}

TEST(ReleasedPruning, ChangesNoBitOfTheLogits) {
  const at::NoGradGuard no_gradients;
  const Classifier classifier(3);
  const Segmenter segmenter(3);
  const Batch shapes = surfaces_batch(4, 120, 1, Embedding::of_normals);
  const Batch parts = surfaces_batch(4, 120, 1, Embedding::of_positions);
  const at::Tensor category = at::tensor({0, 5, 9, 15}, at::kLong);
  calibrate(classifier, shapes);
  calibrate(segmenter, parts);
  for (const bool training : {false, true})
    for (const bool residual : {false, true}) {
      Switches all, pruned;
      all.residual = pruned.residual = residual;
      pruned.pruned = true;
      const Mode mode{training, 0};  // statistics stay for the second pass
      EXPECT_TRUE(at::equal(classifier(shapes, all, mode), classifier(shapes, pruned, mode))) << training << residual;
      EXPECT_TRUE(at::equal(segmenter(parts, category, all, mode), segmenter(parts, category, pruned, mode)))
          << training << residual;
    }
}

/// Ways to leave out what the release does for nothing, each alone and together.
std::vector<Switches> repairs() {
  std::vector<Switches> all(3, repaired());
  all[1].search = nullptr;
  all[2].no_last_mlp = false;
  all.push_back(repaired());
  all.back().pruned = true;
  return all;
}

TEST(ReleasedRepairs, ChangeNoBitOfTheLogits) {
  const at::NoGradGuard no_gradients;
  const Classifier classifier(3);
  const Segmenter segmenter(3);
  const Batch shapes = apart(surfaces_batch(4, 120, 1, Embedding::of_normals));
  const Batch parts = apart(surfaces_batch(4, 120, 1, Embedding::of_positions));
  const at::Tensor category = at::tensor({0, 5, 9, 15}, at::kLong);
  calibrate(classifier, shapes);
  calibrate(segmenter, parts);
  for (const bool training : {false, true})
    for (const Switches& switches : repairs()) {
      const Mode mode{training, 0};  // statistics stay for the second pass
      EXPECT_TRUE(at::equal(classifier(shapes, {}, mode), classifier(shapes, switches, mode))) << training;
      EXPECT_TRUE(at::equal(segmenter(parts, category, {}, mode), segmenter(parts, category, switches, mode)))
          << training;
    }
}

TEST(ReleasedRepairs, ChangeNoBitOfTheGradients) {
  const Batch batch = apart(surfaces_batch(3, 100, 1, Embedding::of_normals));
  const at::Tensor label = at::tensor({3, 17, 39}, at::kLong);
  const Classifier released(2), mended(2);
  smoothed_loss(released(batch, {}, {true}), label).backward();
  smoothed_loss(mended(batch, repaired(), {true}), label).backward();
  const auto& parameters = released.state().parameters();
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    const at::Tensor expected = parameters[p].second.grad(), found = mended.state().parameters()[p].second.grad();
    ASSERT_EQ(found.defined(), expected.defined()) << parameters[p].first;
    if (found.defined()) {
      EXPECT_TRUE(at::equal(found, expected)) << parameters[p].first;
    }
  }
}

TEST(ReleasedRepairs, WithNeighboursOfTheTreeGiveTheSameLogits) {
  const at::NoGradGuard no_gradients;
  const Classifier network(3);
  const Batch batch = apart(surfaces_batch(4, 120, 1, Embedding::of_normals));
  calibrate(network, batch);
  Switches switches = repaired();
  switches.search = &nearest_by_tree;
  for (const bool pruned : {false, true}) {
    switches.pruned = pruned;
    EXPECT_TRUE(at::allclose(network(batch, switches, {}), network(batch, {}, {}), 1e-4, 1e-4)) << pruned;
  }
}

TEST(ReleasedDefects, ChangeTheLogitsByAboutTheirSpread) {
  const at::NoGradGuard no_gradients;
  const Classifier network(5);
  const Batch released = surfaces_batch(16, 120, 1, Embedding::of_normals);
  const Batch fixed = surfaces_batch(16, 120, 1, Embedding::of_normals, CentreFrame::of_the_points);
  Switches aligned;
  aligned.aligned_pooling = true;
  calibrate(network, released);
  const at::Tensor logits = network(released, {}, {});
  EXPECT_NEAR(logits.std().item<double>(), 1, 0.5);
  for (const at::Tensor& changed : {network(released, aligned, {}), network(fixed, {}, {})}) {
    const auto change = (changed - logits).abs().mean().item<double>();
    EXPECT_GT(change, 0.1);
    EXPECT_LT(change, 3);
  }
}

TEST(ReleasedDefects, VoxelCentresMakeTheNetworkDependOnWhereTheCloudIs) {
  const at::NoGradGuard no_gradients;
  const Classifier network(5);
  calibrate(network, surfaces_batch(32, 150, 1, Embedding::of_normals));
  const Surface surface = made_up_surface(1, 150, 2);
  const auto logits = [&](CentreFrame frame, double shift) {
    const at::Tensor moved = surface.position + shift;
    return network(make_batch({build_tree(moved, frame)}, {surface.normal}), {}, {});
  };
  const auto change = [&](CentreFrame frame) {
    return (logits(frame, 0.5) - logits(frame, 0)).abs().max().item<double>();
  };
  EXPECT_GT(change(CentreFrame::from_box_corner), 10 * change(CentreFrame::of_the_points));
}

/// Multiplications in matrix products whose inner size is at least 128, that is without positions and distances.
class ProductCounter {
 public:
  ProductCounter() {
    counted = 0;
    handle_ = at::addThreadLocalCallback(
        at::RecordFunctionCallback(&count).needsInputs(true).scopes({at::RecordScope::FUNCTION}));
  }
  ~ProductCounter() { at::removeCallback(handle_); }
  static inline std::int64_t counted = 0;

 private:
  static std::unique_ptr<at::ObserverContext> count(const at::RecordFunction& function) {
    const std::string name = function.name();
    const std::size_t first = name == "aten::mm" ? 0 : 1;
    if (name == "aten::mm" || name == "aten::addmm") {
      const at::Tensor a = function.inputs()[first].toTensor(), b = function.inputs()[first + 1].toTensor();
      if (a.size(1) >= 128) counted += a.size(0) * a.size(1) * b.size(1);
    }
    return nullptr;
  }
  at::CallbackHandle handle_;
};

/// The same from the numbers of nodes, term by term.
double products(const std::array<double, kLevels>& n, bool pruned) {
  const auto c = [](int i) { return 128.0 * std::pow(2, i); };
  double sum = 0;
  for (int i = 0; i < 3; ++i) sum += n[i + 1] * c(i) * c(i + 1);  // embedding
  for (int block = 1; block <= 4; ++block) {
    const auto out = [&](int i) { return i >= 0 && i <= 3 && (!pruned || 3 - i <= 4 - block); };
    for (int i = 0; i < 4; ++i) {
      const double square = n[i] * c(i) * c(i);
      const bool sibling = i < 3 && out(i), above = out(i + 1), below = out(i - 1);
      if (out(i) || above || below) sum += square;                  // mlp1
      if (out(i)) sum += square;                                    // queries
      if (sibling || above || (below && !pruned)) sum += square;    // keys
      if (sibling || above || below) sum += square;                 // values
      if (!pruned) sum += square;                                   // mlp3
      if (above) sum += 2 * n[i] * c(i) * c(i + 1);                 // to the parent's width
      if (below) sum += (pruned ? 1 : 2) * n[i] * c(i) * c(i - 1);  // to the children's width
    }
  }
  return sum + 1024 * 512 + 512 * 40;
}

TEST(ReleasedCost, IsTheStatedNumberOfMultiplications) {
  const at::NoGradGuard no_gradients;
  const std::array<double, kLevels> usual{1024, 300, 26, 1};
  EXPECT_NEAR(products(usual, false), 1.69e9, 0.02e9);
  EXPECT_NEAR(products(usual, true), 0.96e9, 0.01e9);
  const Classifier network(5);
  const Batch batch = surfaces_batch(1, 500, 1, Embedding::of_normals);
  std::array<double, kLevels> nodes{};
  for (int i = 0; i < kLevels; ++i) nodes[i] = double(batch.level[i].nodes());
  for (const bool pruned : {false, true}) {
    Switches switches;
    switches.pruned = pruned;
    const ProductCounter counter;
    network(batch, switches, {});
    EXPECT_EQ(double(ProductCounter::counted), products(nodes, pruned)) << pruned;
  }
}

}  // namespace
}  // namespace treewalk::sequoia_reference
