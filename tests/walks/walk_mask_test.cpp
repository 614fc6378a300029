// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "core/walks/modulation.h"
#include "tests/support/error_of.h"
#include "tests/support/walk_graphs.h"
#include "treewalk/walks.h"

using namespace treewalk;
using namespace treewalk::test;

namespace {

TEST(WalkMask, IsThatOfTheBasisAndItsErrorThatOfTheDefinition) {
  const auto edges = small_world(60, 8);
  for (const bool symmetric : {false, true}) {
    const auto graph = make_walk_graph(csr_of(edges), symmetric ? WalkGraph::symmetric : WalkGraph::random_walk);
    WalkOptions options;
    options.modulation = {1, .5, .3};
    options.symmetric = symmetric;
    options.walkers = 4;
    const auto mask = walk_mask(arrays_of(edges), options);
    auto found = at::zeros({60, 60}, at::kDouble);
    for (int i = 0; i < 60; ++i)
      for (auto e = mask.offset[i]; e < mask.offset[i + 1]; ++e) found[i][mask.column[e]] = mask.value[e];
    auto exact = polynomial(dense_matrix(graph), options.modulation);
    if (symmetric) exact = exact.matmul(exact.t());
    const auto off = 1 - at::eye(60, at::kDouble);
    const auto expected = (((found - exact) * off).square().sum() / (exact * off).square().sum()).item<double>();
    EXPECT_NEAR(walk_mask_error(arrays_of(edges), options, mask, 60), expected, 1e-6);
    EXPECT_GT(expected, 1e-3);
    options.walkers = 0;
    const auto all = walk_mask(arrays_of(edges), options);
    EXPECT_LT(walk_mask_error(arrays_of(edges), options, all), 1e-12);
    options.entries = 8;
    const auto some = walk_mask(arrays_of(edges), options);
    EXPECT_LT(some.column.size(), all.column.size());
    const double thinned = walk_mask_error(arrays_of(edges), options, some, 60);
    EXPECT_GT(thinned, 1e-6);
    EXPECT_LT(thinned, expected);
  }
}

TEST(WalkMask, ErrorsAreSentences) {
  const auto message = [](const Edges& edges, auto change) {
    WalkOptions options;
    change(options);
    return error_of([&] { walk_mask(arrays_of(edges), options); });
  };
  EXPECT_NE(message({{1}, {}}, [](auto& o) { o.symmetric = true; }).find("both ways"), std::string::npos);
  EXPECT_NE(message({{1}, {0}}, [](auto& o) { o.modulation = {1}; }).find("coefficient"), std::string::npos);
  EXPECT_NE(message({{1}, {0}}, [](auto& o) { o.halt = 2; }).find("halt"), std::string::npos);
  EXPECT_EQ(message({}, [](auto&) {}), "");
  try {
    walk_mask_error(arrays_of({{1}, {0}}), {}, walk_mask(arrays_of({{1}, {2}, {0}}), {}));
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "the mask has 4 offsets for 2 nodes");
  }
}

}  // namespace
