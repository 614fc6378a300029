// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/targets.h"

#include <ATen/ops/equal.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

namespace treewalk {
namespace {

std::vector<float> values(const at::Tensor& tensor) {
  return {tensor.const_data_ptr<float>(), tensor.const_data_ptr<float>() + tensor.numel()};
}

TEST(Targets, SmoothingGoesToAllClassesOrToThoseOfTheGroup) {
  TargetOptions options;
  options.classes = 4;
  EXPECT_EQ(values(smoothed_targets({2}, options)), (std::vector<float>{0, 0, 1, 0}));
  options.smoothing = 0.2;
  EXPECT_EQ(values(smoothed_targets({2, 0}, options)), (std::vector<float>{.05f, .05f, .85f, .05f,  //
                                                                           .85f, .05f, .05f, .05f}));
  options.group = {0, 0, 1, 1};
  EXPECT_EQ(values(smoothed_targets({2}, options)), (std::vector<float>{0, 0, .9f, .1f}));
}

TEST(Targets, RowsSumToTheWeightOfTheirClass) {
  const auto target = smoothed_targets({1, 0, 2}, {3, 0.3, {}, {0.5, 2, 1}});
  const auto row = values(target);
  for (int i = 0; i < 3; ++i)
    EXPECT_FLOAT_EQ(row[3 * i] + row[3 * i + 1] + row[3 * i + 2], i == 0 ? 2 : i == 1 ? .5 : 1);
  EXPECT_FLOAT_EQ(row[1], 2 * (0.1 + 0.7));
  EXPECT_EQ(smoothed_targets({}, {3, 0.3, {}, {}}).sizes(), at::IntArrayRef({0, 3}));
}

TEST(Targets, CoarseLabelsHaveColumnsOfTheirOwnBehindTheClasses) {
  TargetOptions options;
  options.classes = 4;
  options.coarse = {{{}, {0, 1}}, {{}, {1, 2, 3}}};
  EXPECT_EQ(values(smoothed_targets({coarse_class(1), 3}, options)), (std::vector<float>{0, 0, 0, 0, 0, 1,  //
                                                                                         0, 0, 0, 1, 0, 0}));
  options.smoothing = 0.2;
  EXPECT_EQ(values(smoothed_targets({coarse_class(0)}, options)), (std::vector<float>{.05f, .05f, .05f, .05f, .8f, 0}));
  options.group = {0, 0, 1, 1};
  EXPECT_EQ(values(smoothed_targets({coarse_class(0)}, options)), (std::vector<float>{.1f, .1f, 0, 0, .8f, 0}));
  options.class_weight = {1, 2, 3, 7};  // means of 1.5 and 4
  EXPECT_EQ(values(smoothed_targets({coarse_class(0)}, options)), (std::vector<float>{.15f, .15f, 0, 0, 1.2f, 0}));
  options.smoothing = 0;
  EXPECT_EQ(values(smoothed_targets({coarse_class(1)}, options)), (std::vector<float>{0, 0, 0, 0, 0, 4}));
}

const auto kLeaves = at::tensor({0, 3, 5}, at::kInt);  // of 3 and 2 points

/// Two leaves, and a cell above both.
Hierarchy two_leaves() {
  Hierarchy hierarchy;
  hierarchy.first = {0, 2, 3};
  hierarchy.children = {Csr(), {at::tensor({0, 2}, at::kInt), at::tensor({0, 1}, at::kInt), 2}};
  return hierarchy;
}

TEST(Targets, CellsGetTheSharesOfTheirLabelledPoints) {
  const auto target = cell_targets(kLeaves, two_leaves(), {1, 0, 1, -1, -1}, 2);
  ASSERT_EQ(target.size(), 2u);
  EXPECT_EQ(values(target[0]), (std::vector<float>{1.0f / 3, 2.0f / 3, 0, 0})) << "no label, no share";
  EXPECT_EQ(values(target[1]), (std::vector<float>{1.0f / 3, 2.0f / 3}));
}

TEST(Targets, CoarsePointsHaveTheirShareOfACell) {
  const auto target = cell_targets(kLeaves, two_leaves(), {1, -1, 1, coarse_class(1), coarse_class(1)}, 2, 2);
  ASSERT_EQ(target.size(), 2u);
  EXPECT_EQ(values(target[0]), (std::vector<float>{0, 1, 0, 0,  //
                                                   0, 0, 0, 1}))
      << "a cell of coarse points alone has their label";
  EXPECT_EQ(values(target[1]), (std::vector<float>{0, 0.5f, 0, 0.5f}));
}

TEST(Targets, ClustersGetTheSharesOfTheirMembersPoints) {
  Hierarchy hierarchy;  // three leaves of 2, 1 and 2 points; of two clusters the first has the outer ones; one is empty
  hierarchy.first = {0, 3, 6};
  hierarchy.children = {Csr(), {at::tensor({0, 2, 2, 3}, at::kInt), at::tensor({0, 2, 1}, at::kInt), 3}};
  const auto target = cell_targets(at::tensor({0, 2, 3, 5}, at::kInt), hierarchy, {0, 1, 1, 0, -1}, 2);
  EXPECT_EQ(values(target[1]), (std::vector<float>{2.0f / 3, 1.0f / 3, 0, 0, 0, 1}));
}

TEST(Targets, CoarseRowsNameTheClassesOfEachLabel) {
  Recipe recipe;
  recipe.classes.resize(4);
  EXPECT_FALSE(coarse_rows(recipe).offset.defined());
  recipe.coarse = {{{}, {0, 1}}, {{}, {1, 2, 3}}};
  const auto rows = coarse_rows(recipe);
  rows.check();
  EXPECT_TRUE(at::equal(rows.offset, at::tensor({0, 2, 5}, at::kInt)));
  EXPECT_TRUE(at::equal(rows.column, at::tensor({0, 1, 1, 2, 3}, at::kInt)));
}

}  // namespace
}  // namespace treewalk
