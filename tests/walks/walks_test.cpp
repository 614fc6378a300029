// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/walks/walks.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/device/threads.h"
#include "core/walks/modulation.h"
#include "core/walks/thin_kernel.h"
#include "tests/support/walk_graphs.h"

using namespace treewalk;
using namespace treewalk::test;

namespace {

void expect_sound(const WalkBasis& basis) {
  basis.rows.check();
  const auto offset = basis.rows.offset.accessor<int, 1>(), column = basis.rows.column.accessor<int, 1>(),
             part = basis.part.accessor<int, 1>();
  const auto hop = basis.hop.accessor<std::uint8_t, 1>();
  ASSERT_EQ(basis.part.size(0), basis.rows.entries() + 1);
  ASSERT_EQ(part[basis.rows.entries()], basis.hop.size(0));
  for (int i = 0; i < basis.rows.rows(); ++i)
    for (int e = offset[i]; e < offset[i + 1]; ++e) {
      ASSERT_TRUE(e == offset[i] || column[e - 1] < column[e]);
      ASSERT_LT(part[e], part[e + 1]);
      for (int p = part[e]; p < part[e + 1]; ++p) {
        ASSERT_LE(hop[p], basis.hops());
        ASSERT_TRUE(p == part[e] || hop[p - 1] < hop[p]);
      }
    }
}

bool equal(const WalkBasis& a, const WalkBasis& b) {
  return at::equal(a.rows.offset, b.rows.offset) && at::equal(a.rows.column, b.rows.column) &&
         at::equal(a.part, b.part) && at::equal(a.hop, b.hop) && at::equal(a.value, b.value) && a.scale == b.scale;
}

TEST(Walks, ExactPowersAreThePowers) {
  const auto weight = [](const Csr& rows) { return at::rand({rows.entries()}, at::kDouble) + 0.1; };
  at::manual_seed(1);
  for (const auto normalisation : {WalkGraph::symmetric, WalkGraph::random_walk})
    for (const bool weighted : {false, true}) {
      const auto rows = csr_of(small_world(30, 3));
      const auto graph = make_walk_graph(rows, normalisation, weighted ? weight(rows) : at::Tensor());
      WalkOptions options;
      options.walkers = 0;
      for (const int hops : {0, 1, 2, 5}) {
        options.hops = hops;
        expect_sound(walk_basis(graph, options));
        std::vector<double> f;
        for (int t = 0; t <= hops; ++t) f.push_back(1 / (1.0 + t) - 0.3);
        EXPECT_LT(difference(phi_of(graph, options, f), polynomial(dense_matrix(graph), f)), 1e-12) << hops;
      }
    }
}

TEST(Walks, ADirectedRingLeavesNoChoice) {
  const auto graph = make_walk_graph(csr_of({{1}, {2}, {3}, {4}, {0}}), WalkGraph::symmetric);
  WalkOptions options;
  options.walkers = 1;
  options.hops = 2;
  const auto phi = phi_of(graph, options, {1, .5, .25});
  EXPECT_LT(difference(phi, polynomial(dense_matrix(graph), {1, .5, .25})), 1e-15);
  const auto mask = phi.matmul(phi.t());
  EXPECT_LT(difference(mask[0], at::tensor({1.3125, .625, .25, .25, .625}, at::kDouble)), 1e-15);
}

TEST(Walks, NothingButTheStartGivesTheIdentity) {
  const auto graph = make_walk_graph(csr_of(small_world(20, 1)), WalkGraph::symmetric);
  WalkOptions options;
  options.hops = 3;
  EXPECT_EQ(difference(phi_of(graph, options, {1, 0, 0, 0}), at::eye(20, at::kDouble)), 0);
  options.hops = 0;
  EXPECT_EQ(difference(phi_of(graph, options, {1}), at::eye(20, at::kDouble)), 0);
}

TEST(Walks, AsManyRepellingWalkersAsPathsTakeEveryPath) {
  for (const int degree : {2, 3}) {
    const auto graph = make_walk_graph(csr_of(regular_digraph(40, degree, degree)), WalkGraph::random_walk);
    WalkOptions options;
    options.walkers = degree * degree * degree;
    options.hops = 3;
    const std::vector<double> f{1, .7, -.4, .2};
    EXPECT_LT(difference(phi_of(graph, options, f), polynomial(dense_matrix(graph), f)), 1e-14);
    options.repelling = false;
    EXPECT_GT(difference(phi_of(graph, options, f), polynomial(dense_matrix(graph), f)), 1e-3);
  }
}

TEST(Walks, TheExpectedLastHopOfOneHopIsExact) {
  const auto graph = make_walk_graph(csr_of(small_world(30, 2)), WalkGraph::symmetric);
  WalkOptions options;
  options.walkers = 2;
  options.hops = 1;
  options.expected_last_hop = true;
  EXPECT_LT(difference(phi_of(graph, options, {1, .5}), polynomial(dense_matrix(graph), {1, .5})), 1e-14);
}

TEST(Walks, AreTheSameForAnyNumberOfThreadsAndDifferBySeed) {
  const auto graph = make_walk_graph(csr_of(small_world(5000, 2)), WalkGraph::symmetric);
  WalkOptions options;
  options.walkers = 8;
  options.hops = 5;
  options.halt = .2;
  for (const bool expected : {false, true}) {
    options.expected_last_hop = expected;
    const auto with = [&](int threads, std::uint64_t seed) {
      const ThreadCount count(threads);
      options.seed = seed;
      return walk_basis(graph, options);
    };
    const auto one = with(1, 7);
    expect_sound(one);
    EXPECT_TRUE(equal(one, with(3, 7)));
    EXPECT_FALSE(equal(one, with(1, 8)));
  }
}

/// Every scheme that there is, on some graph.
std::vector<WalkOptions> schemes() {
  std::vector<WalkOptions> all;
  const auto add = [&](auto change) {
    WalkOptions options;
    options.walkers = 8;
    options.hops = 4;
    change(options);
    all.push_back(options);
  };
  add([](WalkOptions&) {});
  add([](WalkOptions& o) { o.repelling = false, o.halt = .25; });
  add([](WalkOptions& o) { o.halt = .25, o.antithetic = true; });
  add([](WalkOptions& o) { o.expected_last_hop = true; });
  add([](WalkOptions& o) { o.expected_last_hop = true, o.halt = .25, o.entries = 9; });
  add([](WalkOptions& o) { o.entries = 6; });
  add([](WalkOptions& o) { o.walkers = 0; });
  add([](WalkOptions& o) { o.walkers = 0, o.frontier = 5; });
  add([](WalkOptions& o) { o.walkers = 0, o.entries = 7; });
  add([](WalkOptions& o) { o.walkers = 0, o.frontier = 6, o.entries = 7, o.hops = 7; });
  add([](WalkOptions& o) { o.hops = 0; });
  return all;
}

TEST(Walks, SortingFindsTheSame) {
  for (const auto normalisation : {WalkGraph::symmetric, WalkGraph::random_walk})
    for (const bool weighted : {false, true}) {
      const auto rows = csr_of(small_world(3000, 5));
      at::manual_seed(3);
      const auto graph =
          make_walk_graph(rows, normalisation, weighted ? at::rand({rows.entries()}, at::kDouble) + .1 : at::Tensor());
      for (const auto& options : schemes()) {
        const auto basis = walk_basis(graph, options);
        expect_sound(basis);
        EXPECT_TRUE(equal(basis, walk_basis_by_sorting(graph, options)));
      }
    }
}

TEST(Walks, ThinningKeepsWhatIsLargeAndTheSum) {
  std::vector<double> value{5, .1, .2, 3, .1, .1, .3, .2};
  thin(value.data(), 8, 4, .3);
  EXPECT_EQ(value[0], 5);
  EXPECT_EQ(value[3], 3);
  int left = 0;
  double sum = 0;
  for (const double v : value) left += v > 0, sum += v;
  EXPECT_EQ(left, 4);
  EXPECT_NEAR(sum, 9, 1e-12);
  // Equal values, whose mean may round to either side of them.
  for (int count = 2; count < 300; ++count)
    for (const double v : {.1, 1 / 3., 7e-9}) {
      std::vector<double> equal(count, v);
      thin(equal.data(), count, 1 + count / 3, .7);
      left = 0, sum = 0;
      for (const double x : equal) left += x > 0, sum += x;
      EXPECT_NEAR(left, 1 + count / 3, 1);
      EXPECT_NEAR(sum, count * v, 1.01 * v * count / (1 + count / 3));
    }
}

TEST(Walks, LimitsAreKept) {
  const auto graph = make_walk_graph(csr_of(small_world(500, 5)), WalkGraph::symmetric);
  const auto longest = [](const WalkBasis& basis) {
    return (basis.rows.offset.slice(0, 1) - basis.rows.offset.slice(0, 0, -1)).max().item<int>();
  };
  WalkOptions options;
  options.walkers = 0;
  options.hops = 4;
  const auto all = longest(walk_basis(graph, options));
  options.entries = 10;
  ASSERT_GT(all, 20);
  EXPECT_LE(longest(walk_basis(graph, options)), 11);
  EXPECT_GE(longest(walk_basis(graph, options)), 10);
  options.entries = all;  // nothing to thin: the powers
  const std::vector<double> f{1, .5, .4, .3, .2};
  EXPECT_LT(difference(phi_of(graph, options, f), polynomial(dense_matrix(graph), f)), 1e-12);
  // What is thinned is a walker's share of the whole: every hop keeps its mass, but for the boundary.
  const auto walk = make_walk_graph(csr_of(small_world(500, 5)), WalkGraph::random_walk);
  options.entries = 0;
  options.frontier = 4;
  const auto basis = walk_basis(walk, options);
  const auto exact = walk_basis(walk, [&] {
    auto o = options;
    o.frontier = 0;
    return o;
  }());
  EXPECT_LT(basis.hop.size(0), exact.hop.size(0));
  for (int t = 0; t <= 4; ++t)
    EXPECT_NEAR(basis.value.masked_select(basis.hop == t).sum().item<double>(),
                exact.value.masked_select(exact.hop == t).sum().item<double>(), 3)
        << t;
}

TEST(Walks, BlocksOfRowsDoNotShow) {
  // More visits than are gathered at once; the first rows must be those of the small graph that they are.
  Edges edges(70000);
  for (int i = 0; i < 70000; ++i) edges[i] = {(i + 1) % 70000, (i + 13) % 70000, (i + 500) % 70000};
  const auto graph = make_walk_graph(csr_of(edges), WalkGraph::random_walk);
  WalkOptions options;
  options.walkers = 16;
  options.hops = 6;
  const auto basis = walk_basis(graph, options);
  expect_sound(basis);
  EXPECT_EQ(basis.rows.rows(), 70000);
  // Visits of every row and hop: all walkers.
  const auto offset = basis.rows.offset.accessor<int, 1>(), part = basis.part.accessor<int, 1>();
  const auto hop = basis.hop.accessor<std::uint8_t, 1>();
  const auto value = basis.value.accessor<double, 1>();
  for (int i = 0; i < 70000; ++i) {
    double visits[7] = {};
    for (int p = part[offset[i]]; p < part[offset[i + 1]]; ++p) visits[hop[p]] += value[p];
    for (const double of_hop : visits) ASSERT_EQ(of_hop, 16) << i;
  }
}

TEST(Walks, EmptyAndEdgelessGraphs) {
  WalkOptions options;
  options.hops = 4;
  EXPECT_EQ(walk_basis(make_walk_graph(csr_of({}), WalkGraph::symmetric), options).rows.rows(), 0);
  const auto alone = make_walk_graph(csr_of({{}, {}, {}}), WalkGraph::symmetric);
  EXPECT_EQ(difference(phi_of(alone, options, {1, 1, 1, 1, 1}), at::eye(3, at::kDouble)), 0);
}

TEST(Walks, RefuseWhatTheyCannotDo) {
  const auto graph = make_walk_graph(csr_of(path(3)), WalkGraph::symmetric);
  const auto with = [&](auto change) {
    WalkOptions options;
    change(options);
    walk_basis(graph, options);
  };
  EXPECT_THROW(with([](WalkOptions& o) { o.hops = 256; }), c10::Error);
  EXPECT_THROW(with([](WalkOptions& o) { o.walkers = -1; }), c10::Error);
  EXPECT_THROW(with([](WalkOptions& o) { o.halt = 1; }), c10::Error);
  EXPECT_THROW(with([](WalkOptions& o) { o.frontier = 4; }), c10::Error);  // walks have their walkers
  EXPECT_THROW(with([](WalkOptions& o) { o.walkers = 0, o.frontier = -1; }), c10::Error);
  EXPECT_THROW(with([](WalkOptions& o) { o.entries = -1; }), c10::Error);
  EXPECT_THROW(with([](WalkOptions& o) { o.modulation = {1, 1}; }), c10::Error);
  EXPECT_THROW(with([](WalkOptions& o) { o.modulation = {1, 1, std::nan("")}; }), c10::Error);
  EXPECT_THROW(with([](WalkOptions& o) { o.halt = .6, o.antithetic = true; }), c10::Error);
  EXPECT_THROW(make_walk_graph({at::tensor({0, 1}, at::kInt), at::tensor({0}, at::kInt), 2}, WalkGraph::symmetric),
               c10::Error);
  EXPECT_THROW(make_walk_graph(csr_of(path(3)), WalkGraph::symmetric, at::zeros({4})), c10::Error);
}

}  // namespace
