// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/inference/labels.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <vector>

namespace treewalk {
namespace {

TEST(PointLabels, AreTheLowestOfTheMostProbableClasses) {
  PointLabels labels(5, 3, true, 2, at::kCPU);
  const auto probability = at::tensor({0.2f, 0.5f, 0.3f, 0.4f, 0.2f, 0.4f, 0.1f, 0.45f, 0.45f}).view({3, 3});
  labels.add(probability, at::tensor({2, 0, 1}, at::kInt));
  labels.add(at::tensor({0.f, 0.f, 1.f, 1.f, 0.f, 0.f}).view({2, 3}), {}, 3);
  labels.categories().copy_(at::tensor({0.75f, 0.25f}));
  labels.fetch();
  EXPECT_EQ(std::vector<int>(labels.label(), labels.label() + 5), (std::vector<int>{0, 1, 1, 2, 0}));
  EXPECT_EQ(std::vector<float>(labels.confidence(), labels.confidence() + 5),
            (std::vector<float>{0.4f, 0.45f, 0.5f, 1, 1}));
  EXPECT_EQ(std::vector<float>(labels.probability(), labels.probability() + 15),
            (std::vector<float>{0.4f, 0.2f, 0.4f, 0.1f, 0.45f, 0.45f, 0.2f, 0.5f, 0.3f, 0, 0, 1, 1, 0, 0}));
  EXPECT_EQ(std::vector<float>(labels.category(), labels.category() + 2), (std::vector<float>{0.75f, 0.25f}));
}

TEST(PointLabels, AreWholeNumbersHoweverManyClassesThereAre) {
  const int best = (1 << 24) + 1;  // no float32
  const auto probability = at::zeros({1, best + 1});
  probability[0][best] = 1;
  PointLabels labels(1, best + 1, false, 0, at::kCPU);
  labels.add(probability);
  labels.fetch();
  EXPECT_EQ(labels.label()[0], best);
  EXPECT_EQ(labels.confidence()[0], 1);
}

TEST(InInputOrder, UndoesTheOrderOfAnOctree) {
  const auto rows = at::arange(8, at::kFloat).view({4, 2});
  const auto order = at::tensor({3, 1, 0, 2}, at::kInt);
  EXPECT_TRUE(at::equal(in_input_order(rows, order).index_select(0, order), rows));
}

}  // namespace
}  // namespace treewalk
