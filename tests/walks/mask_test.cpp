// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/walks/mask.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/device/parallel.h"
#include "core/walks/mask_kernel.h"
#include "core/walks/modulation.h"
#include "tests/support/mask_cases.h"

using namespace treewalk;
using namespace treewalk::test;

namespace {

TEST(Mask, IsTheProduct) {
  const auto m = masked(40);
  at::manual_seed(3);
  const auto phi = modulated(m.basis, at::rand({2, 3}, at::kDouble));
  const auto mask = mask_product(m.basis.rows, phi, m.pattern);
  m.pattern.rows.check();
  for (int h = 0; h < 2; ++h) {
    const auto d = dense(m.basis.rows, phi.select(1, h));
    EXPECT_LT(difference(dense(m.pattern.rows, mask.select(1, h)), d.matmul(d.t())), 1e-14);
  }
  // The pattern holds nothing that must be zero.
  const auto ones = dense(m.basis.rows, at::ones({m.basis.rows.entries()}, at::kDouble));
  EXPECT_EQ(m.pattern.rows.entries(), ones.matmul(ones.t()).count_nonzero().item<std::int64_t>());
}

/// What devices run, which find a mask's columns by halving.
TEST(Mask, BodiesForDevicesGiveTheSameBits) {
  const auto m = masked(60);
  at::manual_seed(3);
  for (const std::int64_t heads : {1, 3, 4}) {
    auto phi = modulated(m.basis, at::rand({heads, 3}, at::kDouble)).detach().requires_grad_(true);
    const auto mask = mask_product(m.basis.rows, phi, m.pattern);
    const auto gradient = at::randn_like(mask);
    mask.backward(gradient);
    auto found = at::empty_like(mask), found_gradient = at::empty_like(phi);
    MaskArrays<double> a;
    a.offset = m.basis.rows.offset.data_ptr<int>(), a.column = m.basis.rows.column.data_ptr<int>();
    a.node_offset = m.pattern.factor.graph.offset.data_ptr<int>();
    a.row = m.pattern.factor.graph.column.data_ptr<int>(), a.entry = m.pattern.factor.entry.data_ptr<int>();
    a.mask_offset = m.pattern.rows.offset.data_ptr<int>(), a.mask_column = m.pattern.rows.column.data_ptr<int>();
    a.mirror = m.pattern.mirror.data_ptr<int>();
    a.heads = static_cast<int>(heads);
    a.value = phi.data_ptr<double>(), a.mask = found.data_ptr<double>();
    a.mask_gradient = gradient.data_ptr<double>(), a.value_gradient = found_gradient.data_ptr<double>();
    const c10::Device cpu(c10::DeviceType::CPU);
    parallel_for(cpu, 60, MaskProductRow<double>(a));
    parallel_for(cpu, 60, MaskProductGradient<double>(a));
    EXPECT_TRUE(at::equal(found, mask)) << heads;
    EXPECT_TRUE(at::equal(found_gradient, phi.grad())) << heads;
  }
}

TEST(Mask, AnIndependentDiagonalIsThatOfTwoSetsOfWalks) {
  const auto m = masked(40);
  WalkOptions options;
  options.hops = 2;
  options.walkers = 5;
  options.seed = 99;
  const auto other = walk_basis(make_walk_graph(csr_of(small_world(40, 3)), WalkGraph::symmetric), options);
  at::manual_seed(3);
  const auto f = at::rand({2, 3}, at::kDouble) + .1;
  const auto run = [&](const at::Tensor& modulation) {
    const auto phi = modulated(m.basis, modulation);
    return with_diagonal(mask_product(m.basis.rows, phi, m.pattern), m.pattern,
                         row_products(m.basis.rows, phi, other.rows, modulated(other, modulation)));
  };
  const auto mask = run(f), phi = modulated(m.basis, f), phi_other = modulated(other, f);
  for (int h = 0; h < 2; ++h) {
    const auto d = dense(m.basis.rows, phi.select(1, h));
    auto expected = d.matmul(d.t());
    expected.diagonal().copy_((d * dense(other.rows, phi_other.select(1, h))).sum(1));
    EXPECT_LT(difference(dense(m.pattern.rows, mask.select(1, h)), expected), 1e-14);
  }
  const auto weight = at::randn({m.pattern.rows.entries(), 2}, at::kDouble);
  auto leaf = f.clone().requires_grad_(true);
  (run(leaf) * weight).sum().backward();
  const auto expected = numerical_gradient(run, f, weight);
  EXPECT_LT(difference(leaf.grad(), expected) / expected.abs().max().item<double>(), 1e-8);
}

}  // namespace
