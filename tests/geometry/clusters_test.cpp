// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/geometry/clusters.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "core/geometry/node_record.h"
#include "tests/stand_in/device.h"
#include "tests/support/support.h"

namespace treewalk {
namespace {

using test::same_tensor;
using test::tested_device;

std::vector<int> ints(const at::Tensor& t) { return {t.const_data_ptr<int>(), t.const_data_ptr<int>() + t.numel()}; }

Csr rows_of(const std::vector<std::vector<int>>& rows, std::int64_t columns) {
  std::vector<int> offset{0}, column;
  for (const auto& row : rows) {
    column.insert(column.end(), row.begin(), row.end());
    offset.push_back(static_cast<int>(column.size()));
  }
  return {at::tensor(offset, at::kInt), at::tensor(column, at::kInt), columns};
}

/// Nodes on a line, a point each.
at::Tensor on_a_line(const std::vector<float>& x) {
  auto node = at::zeros({static_cast<std::int64_t>(x.size()), kNodeRecord});
  node.select(1, 0).copy_(at::tensor(x));
  node.select(1, 3).fill_(1);
  node.select(1, 7).fill_(1);
  return node;
}

/// Six nodes at 0..5, three at home with each of two seeds in their middles.
struct Line {
  Seeds seeds = make_seeds(at::tensor({0, 0, 0, 1, 1, 1}, at::kInt), rows_of({{0, 1, 2}, {3, 4, 5}}, 6),
                           rows_of({{1}, {0}}, 2), 2);
  ClusterInput input;
  explicit Line(int rounds) {
    input.node = on_a_line({0, 1, 2, 3, 4, 5});
    input.seed = on_a_line({1, 4});
    input.feature = at::tensor({0.0, 0.0, 0.0, 0.0, 1.0, 1.0}, at::kDouble).view({6, 1});
    input.weight = at::tensor({2.0, 1.0, 0.0}, at::kDouble);
    input.seed.select(1, 3).fill_(3);
    input.rounds = rounds;
  }
  Clusters clusters() const { return assign_clusters(seeds, input, true); }
};

void expect_near(const at::Tensor& found, const std::vector<double>& expected) {
  ASSERT_EQ(found.numel(), static_cast<std::int64_t>(expected.size()));
  const auto values = found.contiguous();
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(values.const_data_ptr<double>()[i], expected[i], 6e-7) << i;
}

TEST(Clusters, OneRoundIsTheExampleWorkedByHand) {
  const auto found = Line(1).clusters();
  expect_near(found.round[0].feature, {0, 2.0 / 3});
  expect_near(found.round[0].offset.select(1, 0), {0, 0});
  expect_near(found.round[0].share.select(1, 0), {.927946, .868629, .772454, .364576, .941463, .969065});
  EXPECT_EQ(ints(found.parent), (std::vector<int>{0, 0, 0, 0, 1, 1})) << "the fourth leaves its home";
}

TEST(Clusters, TwoRoundsAreTheExampleWorkedByHand) {
  const auto found = Line(2).clusters();
  ASSERT_EQ(found.round.size(), 2u);
  expect_near(found.round[1].feature, {.027163, .706014});
  expect_near(found.round[1].offset.select(1, 0), {.429490, -.196939});
  expect_near(found.round[1].share.select(1, 0), {.914933, .863887, .789264, .311517, .920549, .951538});
  EXPECT_EQ(ints(found.parent), (std::vector<int>{0, 0, 0, 0, 1, 1}));
}

TEST(Clusters, OfEqualFeaturesAreThoseOfPositions) {
  Line line(1);
  line.input.feature.reset();
  EXPECT_EQ(ints(line.clusters().parent), (std::vector<int>{0, 0, 0, 1, 1, 1}));
}

TEST(Clusters, WithAStrongPullAreTheHomesWhateverTheFeatures) {
  for (const int rounds : {1, 2, 5}) {
    Line line(rounds);
    line.input.weight[2] = 1e4;
    EXPECT_EQ(ints(line.clusters().parent), ints(line.seeds.home));
  }
}

TEST(Clusters, OfEquallyNearSeedsTheFirstSlotWins) {
  const auto seeds =
      make_seeds(at::tensor({1, 1}, at::kInt), rows_of({{}, {0, 1}, {}}, 2), rows_of({{1, 2}, {2, 0}, {1, 0}}, 3), 3);
  ClusterInput input;
  input.node = on_a_line({1, 5});
  input.seed = on_a_line({0, 2, 8});
  input.weight = at::tensor({0.0, 1.0, 0.0}, at::kDouble);
  EXPECT_EQ(ints(assign_clusters(seeds, input, false).parent), (std::vector<int>{1, 1})) << "its home";
  input.seed = on_a_line({8, 30, 2});
  input.weight[1] = 0;
  EXPECT_EQ(ints(assign_clusters(seeds, input, false).parent), (std::vector<int>{1, 1}));
  input.weight[1] = 1;
  EXPECT_EQ(ints(assign_clusters(seeds, input, false).parent), (std::vector<int>{2, 2})) << "before 0, as it stands";
}

/// Nodes and seeds in space, with up to `most` seeds beside each, some seeds without homes and some nodes without
/// points.
struct Cloud {
  Seeds seeds;
  ClusterInput input;
  Cloud(std::int64_t n, std::int64_t m, int most, std::uint64_t seed, at::ScalarType type) {
    std::mt19937_64 random(seed);
    at::manual_seed(seed);
    std::vector<int> home(n);
    std::vector<std::vector<int>> homes(m), near(m);
    for (std::int64_t u = 0; u < n; ++u) homes[home[u] = static_cast<int>(random() % m)].push_back(static_cast<int>(u));
    for (std::int64_t c = 0; c < m; ++c)
      for (int tries = static_cast<int>(random() % (most + 1)); tries > 0; --tries) {
        const auto other = static_cast<int>(random() % m);
        if (other != c && std::find(near[c].begin(), near[c].end(), other) == near[c].end()) near[c].push_back(other);
      }
    seeds = make_seeds(at::tensor(home, at::kInt), rows_of(homes, n), rows_of(near, m), 1 + most);
    input.node = at::rand({n, kNodeRecord});
    input.node.select(1, 7).copy_(at::randint(0, 4, {n}));
    input.seed = at::rand({m, kNodeRecord});
    input.feature = at::randn({n, 5}, type);
    input.weight = at::tensor({0.7, 8.0, 0.3}, at::kDouble).to(type);
    input.seed.select(1, 3).fill_(0.5);
    input.rounds = 3;
  }
};

/// The formula over all pairs, in dense matrices.
Clusters by_dense_matrices(const Seeds& seeds, const ClusterInput& input) {
  const auto n = seeds.home.size(0), m = seeds.homes.rows();
  auto slot = at::full({n, m}, -1, at::kLong);
  const auto* offset = seeds.near.offset.const_data_ptr<int>();
  const auto* column = seeds.near.column.const_data_ptr<int>();
  for (std::int64_t u = 0; u < n; ++u) {
    const int home = seeds.home[u].item<int>();
    slot[u][home] = 0;
    for (int e = offset[home]; e < offset[home + 1]; ++e) slot[u][column[e]] = e - offset[home] + 1;
  }
  const auto may = slot >= 0, at_home = slot == 0;
  const auto place = input.node.narrow(1, 0, 3).to(at::kDouble), count = input.node.select(1, 7).to(at::kDouble);
  const auto feature = input.feature.to(at::kDouble), w = input.weight.to(at::kDouble);
  const auto seed = input.seed.narrow(1, 0, 3).to(at::kDouble);
  const auto means = [&](const at::Tensor& share, const at::Tensor& of, const at::Tensor& otherwise) {
    const auto weight = share * count.unsqueeze(1);
    const auto total = weight.sum(0).unsqueeze(1);
    return at::where(total > 0, weight.t().matmul(of) / at::where(total > 0, total, at::ones_like(total)), otherwise);
  };
  auto Y = seed, F = means(at_home.to(at::kDouble), feature, at::zeros({m, feature.size(1)}, at::kDouble));
  Clusters result;
  for (int t = 0; t < input.rounds; ++t) {
    auto z = -w[0] * (feature.unsqueeze(1) - F.unsqueeze(0)).square().sum(2) -
             w[1] * (place.unsqueeze(1) - Y.unsqueeze(0)).square().sum(2) / 0.25 + w[2] * at_home;
    z = at::where(may, z, at::full_like(z, -INFINITY));
    const auto Q = z.softmax(1);
    result.parent = z.argmax(1).to(at::kInt);
    auto share = at::zeros({n, seeds.slots}, at::kDouble);
    for (std::int64_t j = 0; j < seeds.slots; ++j) share.select(1, j).copy_((Q * (slot == j)).sum(1));
    result.round.push_back({Y - seed, F, {}, share});
    Y = means(Q, place, seed);
    F = means(Q, feature, at::zeros_like(F));
  }
  return result;
}

TEST(Clusters, AreThoseOfDenseMatricesOverAllPairs) {
  for (const auto& [n, m, most] : {std::array<int, 3>{300, 40, 8}, {50, 60, 3}, {7, 1, 4}, {1, 1, 0}}) {
    const Cloud cloud(n, m, most, n, at::kDouble);
    const auto found = assign_clusters(cloud.seeds, cloud.input, true);
    const auto expected = by_dense_matrices(cloud.seeds, cloud.input);
    EXPECT_TRUE(same_tensor(found.parent, expected.parent));
    for (std::size_t t = 0; t < 3; ++t) {
      EXPECT_TRUE(at::allclose(found.round[t].share, expected.round[t].share, 1e-11, 1e-12)) << t;
      EXPECT_TRUE(at::allclose(found.round[t].offset, expected.round[t].offset, 1e-11, 1e-12)) << t;
      EXPECT_TRUE(at::allclose(found.round[t].feature, expected.round[t].feature, 1e-11, 1e-12)) << t;
    }
  }
}

TEST(Clusters, SeedsThatNoPointIsNearStayWhereTheyAre) {
  Cloud cloud(200, 30, 6, 3, at::kDouble);
  cloud.input.node.select(1, 7).zero_();
  const auto found = assign_clusters(cloud.seeds, cloud.input, true);
  EXPECT_TRUE(at::equal(found.round.back().offset, at::zeros({30, 3}, at::kDouble)));
  EXPECT_TRUE(at::isfinite(found.round.back().share).all().item<bool>());
}

TEST(Clusters, AreTheSameForAnyNumberOfThreadsAndEveryNodeHasOne) {
  const Cloud cloud(5000, 700, 8, 4, at::kFloat);
  test::expect_same_for_threads([&] { return assign_clusters(cloud.seeds, cloud.input, true); },
                                [](const Clusters& a, const Clusters& b) {
                                  EXPECT_TRUE(same_tensor(a.parent, b.parent));
                                  EXPECT_TRUE(same_tensor(a.round.back().share, b.round.back().share));
                                  EXPECT_TRUE(same_tensor(a.round.back().feature, b.round.back().feature));
                                });
  const auto parent = assign_clusters(cloud.seeds, cloud.input, false).parent;
  const auto members = members_of(parent, 700);
  members.check();
  ASSERT_EQ(members.rows(), 700);
  ASSERT_EQ(members.entries(), 5000);
  const auto *first = members.offset.const_data_ptr<int>(), *member = members.column.const_data_ptr<int>();
  for (int c = 0; c < 700; ++c)
    for (int e = first[c]; e < first[c + 1]; ++e) {
      EXPECT_EQ(parent[member[e]].item<int>(), c);
      if (e > first[c]) {
        EXPECT_LT(member[e - 1], member[e]);
      }
    }
}

TEST(Clusters, OfNothingAreNothing) {
  const auto seeds = make_seeds(at::empty({0}, at::kInt), rows_of({}, 0), rows_of({}, 0), 9);
  ClusterInput input;
  input.node = at::empty({0, kNodeRecord}), input.seed = at::empty({0, kNodeRecord});
  input.weight = at::tensor({0.0, 8.0, 0.0}, at::kDouble);
  EXPECT_EQ(assign_clusters(seeds, input, true).parent.size(0), 0);
  EXPECT_EQ(members_of(at::empty({0}, at::kInt), 0).rows(), 0);
  EXPECT_EQ(members_of(at::empty({0}, at::kInt), 3).rows(), 3);
}

TEST(Clusters, RefuseWhatDoesNotFit) {
  Line line(1);
  line.input.rounds = 0;
  EXPECT_THROW(line.clusters(), c10::Error);
  line = Line(1);
  line.input.feature = at::zeros({5, 1}, at::kDouble);
  EXPECT_THROW(line.clusters(), c10::Error);
  line = Line(1);
  line.input.seed = on_a_line({1});
  EXPECT_THROW(line.clusters(), c10::Error);
}

TEST(DeviceClusters, AreTheCpusAndTheHostDoesNotWait) {
  for (const auto type : {at::kFloat, at::kDouble}) {
    const Cloud cloud(3000, 400, 8, 5, type);
    const auto expected = assign_clusters(cloud.seeds, cloud.input, true);
    const auto there = [](const at::Tensor& t) { return t.to(tested_device()); };
    const auto rows = [&](const Csr& csr) { return Csr{there(csr.offset), there(csr.column), csr.columns}; };
    const auto home = there(cloud.seeds.home);
    const auto homes = rows(cloud.seeds.homes), near = rows(cloud.seeds.near);
    auto input = cloud.input;
    for (auto* tensor : {&input.node, &input.seed, &input.feature, &input.weight}) *tensor = there(*tensor);
    test::reset_traffic();
    const auto seeds = make_seeds(home, homes, near, cloud.seeds.slots);
    const auto found = assign_clusters(seeds, input, true);
    const auto members = members_of(found.parent, 400);
    EXPECT_TRUE(test::traffic().waits.empty());
    EXPECT_EQ(test::traffic().to_device, 0);
    EXPECT_TRUE(test::same_there(found.round.back().share, expected.round.back().share));
    // A real GPU's sums may flip a node between two candidates that are as good.
    const auto best = expected.round.back().share.topk(2, 1);
    const auto clear = std::get<0>(best).select(1, 0) - std::get<0>(best).select(1, 1) > 1e-4;
    EXPECT_TRUE(((found.parent.cpu() == expected.parent) | ~clear).all().item<bool>());
    EXPECT_GT(clear.sum().item<int>(), 2900);
    if (!test::counts_traffic()) continue;
    EXPECT_TRUE(test::bits_there(found.parent, expected.parent));
    EXPECT_TRUE(test::bits_there(members.column, members_of(expected.parent, 400).column));
  }
}

}  // namespace
}  // namespace treewalk
