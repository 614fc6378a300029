// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <vector>

#include "core/attention/global.h"
#include "tests/support/mask_cases.h"

using namespace treewalk;
using namespace treewalk::test;

namespace {

TEST(GlobalAttention, IsThatOfAMaskOfOnesInEveryGroup) {
  at::manual_seed(4);
  const auto in = random_input(12, 2, 4, 3);
  const auto first = at::tensor({0, 5, 5, 12}, at::kInt);
  auto mask = at::zeros({12, 12}, at::kDouble);
  mask.narrow(0, 0, 5).narrow(1, 0, 5).fill_(1);
  mask.narrow(0, 5, 7).narrow(1, 5, 7).fill_(1);
  EXPECT_LT(difference(global_attention(in, first), dense_attention(in, mask.unsqueeze(0).expand({2, 12, 12}))), 1e-13);
}

TEST(GlobalAttention, GradientsAreThoseOfTheDenseForm) {
  at::manual_seed(6);
  const auto in = random_input(600, 2, 4, 3);  // more rows than a piece
  const auto first = at::tensor({0, 500, 600}, at::kInt);
  const auto weight = at::randn({600, 6}, at::kDouble);
  auto mask = at::zeros({600, 600}, at::kDouble);
  mask.narrow(0, 0, 500).narrow(1, 0, 500).fill_(1);
  mask.narrow(0, 500, 100).narrow(1, 500, 100).fill_(1);
  const auto gradients = [&](const auto& run) {
    std::vector<at::Tensor> leaves;
    for (const auto& x : {in.query, in.key, in.value}) leaves.push_back(x.clone().requires_grad_(true));
    (run(LinearInput{leaves[0], leaves[1], leaves[2], 2, 1e-6}) * weight).sum().backward();
    return std::vector<at::Tensor>{leaves[0].grad(), leaves[1].grad(), leaves[2].grad()};
  };
  const auto expected = gradients([&](const LinearInput& x) {
    return dense_attention(x, mask.unsqueeze(0).expand({2, 600, 600}));
  });
  const auto found = gradients([&](const LinearInput& x) { return global_attention(x, first); });
  for (int i = 0; i < 3; ++i) EXPECT_LT(difference(found[i], expected[i]), 1e-12) << i;
}

}  // namespace
