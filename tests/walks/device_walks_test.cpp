// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Walks, their masks and what they are modulated by, on a device: the bits of the CPU.
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/variable.h>

#include "core/geometry/knn.h"
#include "core/walks/mask.h"
#include "core/walks/modulation.h"
#include "core/walks/walks.h"
#include "tests/stand_in/device.h"
#include "tests/support/support.h"

namespace treewalk {
namespace {

using test::bits_there;
using test::same_there;
using test::tested_device;

Csr moved(const Csr& graph) {
  return {graph.offset.to(tested_device()), graph.column.to(tested_device()), graph.columns};
}

bool bits_there(const Csr& there, const Csr& here) {
  return test::bits_there(there.offset, here.offset) && test::bits_there(there.column, here.column);
}

struct Scheme {
  const char* name;
  WalkOptions options;
};

std::vector<Scheme> schemes() {
  WalkOptions exact;
  exact.walkers = 0;
  exact.hops = 2;
  auto thinned = exact;
  thinned.hops = 4;
  thinned.frontier = 12;
  thinned.entries = 20;
  WalkOptions walkers;
  walkers.hops = 3;
  walkers.walkers = 7;
  auto expected = walkers;
  expected.expected_last_hop = true;
  auto antithetic = walkers;
  antithetic.halt = 0.25;
  antithetic.antithetic = true;
  antithetic.repelling = false;
  return {{"exact", exact},
          {"thinned", thinned},
          {"walkers", walkers},
          {"expected last hop", expected},
          {"antithetic", antithetic}};
}

std::vector<Csr> graphs() {
  const auto nearest = [](std::int64_t points, int k) {
    return to_csr(knn(test::surface_points(points, 3), k), points);
  };
  return {nearest(700, 5), unite(nearest(300, 3)), nearest(3, 2), to_csr(knn(test::uniform_points(1, 1), 2), 1),
          Csr{at::zeros({1}, at::kInt), at::empty({0}, at::kInt), 0}};
}

TEST(DeviceWalks, BasesAndMasksAreTheCpus) {
  for (const Csr& graph : graphs())
    for (const Scheme& scheme : schemes())
      for (const auto normalisation : {WalkGraph::symmetric, WalkGraph::random_walk}) {
        SCOPED_TRACE(scheme.name);
        const WalkBasis here = walk_basis(make_walk_graph(graph, normalisation), scheme.options);
        const WalkBasis there = walk_basis(make_walk_graph(moved(graph), normalisation), scheme.options);
        ASSERT_TRUE(bits_there(there.rows, here.rows));
        EXPECT_TRUE(bits_there(there.part, here.part));
        EXPECT_TRUE(bits_there(there.hop, here.hop));
        EXPECT_TRUE(bits_there(there.value, here.value));
        EXPECT_TRUE(bits_there(there.degree, here.degree));
        const MaskPattern pattern = product_pattern(here.rows), device_pattern = product_pattern(there.rows);
        EXPECT_TRUE(bits_there(device_pattern.rows, pattern.rows));
        EXPECT_TRUE(bits_there(device_pattern.mirror, pattern.mirror));
        EXPECT_TRUE(bits_there(device_pattern.diagonal, pattern.diagonal));
      }
}

TEST(DeviceWalks, WeightedGraphsAreTheCpus) {
  const Csr graph = graphs()[0];
  const auto weight = test::uniform_points(graph.entries(), 4).select(1, 0).add(0.1).contiguous();
  const auto here = make_walk_graph(graph, WalkGraph::symmetric, weight);
  const auto there = make_walk_graph(moved(graph), WalkGraph::symmetric, weight.to(tested_device()));
  EXPECT_TRUE(bits_there(there.cumulative, here.cumulative));
  EXPECT_TRUE(bits_there(there.degree, here.degree));
  for (const Scheme& scheme : schemes())
    EXPECT_TRUE(bits_there(walk_basis(there, scheme.options).value, walk_basis(here, scheme.options).value))
        << scheme.name;
}

TEST(DeviceWalks, ModulationAndMasksDifferentiateAsOnTheCpu) {
  const Csr graph = graphs()[0];
  for (const int heads : {1, 3}) {
    const auto result = [&](const Csr& on, c10::Device device) {
      const WalkBasis basis = walk_basis(make_walk_graph(on, WalkGraph::symmetric), schemes()[0].options);
      const MaskPattern pattern = product_pattern(basis.rows);
      auto f = test::uniform_points(heads, 9).add(0.5).to(device).set_requires_grad(true);
      const auto phi = modulated(basis, f);
      const auto mask = mask_product(basis.rows, phi, pattern);
      mask.square().sum().backward();
      return std::vector<at::Tensor>{phi.detach(), mask.detach(), f.grad()};
    };
    const auto here = result(graph, c10::DeviceType::CPU), there = result(moved(graph), tested_device());
    for (std::size_t i = 0; i < here.size(); ++i) EXPECT_TRUE(same_there(there[i], here[i])) << heads << " " << i;
  }
}

TEST(DeviceWalks, TheHostWaitsForSizesAlone) {
  const Csr graph = moved(graphs()[0]);
  const auto walk_graph = make_walk_graph(graph, WalkGraph::random_walk);
  test::reset_traffic();
  const WalkBasis basis = walk_basis(walk_graph, schemes()[0].options);
  EXPECT_LE(test::traffic().waits.size(), 2u);
  EXPECT_LT(test::traffic().to_host_bytes + test::traffic().to_device_bytes, 200);
  test::reset_traffic();
  modulated(basis, at::ones({2, 3}, at::TensorOptions().device(tested_device())));
  EXPECT_TRUE(test::traffic().waits.empty());
}

}  // namespace
}  // namespace treewalk
