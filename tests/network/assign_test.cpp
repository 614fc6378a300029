// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Gradients of learned clusters. The rounds themselves are told in clusters_test.
#include "core/network/assign.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <vector>

#include "core/geometry/node_record.h"
#include "core/network/assign_loss.h"
#include "core/network/ops.h"
#include "tests/support/support.h"

namespace treewalk {
namespace {

using test::same_tensor;

at::Tensor gradient_of(const at::Tensor& value, const at::Tensor& input) {
  return torch::autograd::grad({value}, {input})[0];
}

Csr csr(const std::vector<int>& offset, const std::vector<int>& column, std::int64_t columns) {
  return {at::tensor(offset, at::kInt), at::tensor(column, at::kInt), columns};
}

/// Rows of as many columns each.
Csr csr_of(const at::Tensor& column) {
  const auto rows = column.size(0), each = column.size(1);
  return {at::arange(0, rows * each + 1, each, at::kInt), column.reshape({-1}), rows};
}

/// Six nodes in a row, three at home with each of two seeds, which are candidates of all.
Seeds six_and_two() {
  return make_seeds(at::tensor({0, 0, 0, 1, 1, 1}, at::kInt), csr({0, 3, 6}, {0, 1, 2, 3, 4, 5}, 6),
                    csr({0, 1, 2}, {1, 0}, 2), 2);
}

/// The nodes of a row with scores z [6,2] by cluster.
struct Row {
  Seeds seeds = six_and_two();
  at::Tensor z = at::tensor({2, 0, 2, 0, 1, 0, 0, 1, 0, 2, 0, 2}, at::kDouble).view({6, 2}).requires_grad_(true);
  Assignment assignment;
  Row() {
    const auto by_cluster = z.softmax(1);
    assignment.share = at::cat({by_cluster.narrow(0, 0, 3), by_cluster.narrow(0, 3, 3).flip(1)});  // home first
    assignment.parent = at::tensor({0, 0, 0, 1, 1, 1}, at::kInt);
    assignment.members = members_of(assignment.parent, 2);
    assignment.distance = at::zeros({6, 2}, at::kDouble);
  }
};

void expect_near(const at::Tensor& found, const std::vector<double>& expected, double within = 2e-9) {
  const auto values = found.contiguous();
  ASSERT_EQ(values.numel(), static_cast<std::int64_t>(expected.size()));
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(values.const_data_ptr<double>()[i], expected[i], within) << i;
}

TEST(Assign, PoolingGivesTheGradientsWorkedByHand) {
  const Row row;
  const auto x = at::tensor({1, 2, 4, 8, 16, 32}, at::kDouble).view({6, 1}).requires_grad_(true);
  const auto plain = pool_rows(x, row.assignment.members);
  const auto pooled = with_gradient_of_shares(plain, x, row.seeds, row.assignment);
  EXPECT_TRUE(same_tensor(pooled.detach(), plain.detach()));
  expect_near(pooled.detach().select(1, 1), {7.0 / 3, 56.0 / 3});
  const auto loss = pooled[0][1] + 2 * pooled[1][1];
  const auto found = torch::autograd::grad({loss}, {row.z, x});
  const std::vector<double> first{1.189927301, 1.154929439, 2.031656643, 1.769507399, .664959374, .104993585};
  expect_near(found[0].select(1, 0), first);
  expect_near(-found[0].select(1, 1), first);
  expect_near(found[1].view(-1), {1.0 / 3, 1.0 / 3, 1.0 / 3, 2.0 / 3, 2.0 / 3, 2.0 / 3});
}

TEST(Assign, ClustersWithoutMembersGiveNoGradient) {
  Row row;
  row.assignment.parent = at::zeros({6}, at::kInt);
  row.assignment.members = members_of(row.assignment.parent, 2);
  const auto x = at::tensor({1, 2, 4, 8, 16, 32}, at::kDouble).view({6, 1});
  const auto pool = [&] {
    return with_gradient_of_shares(pool_rows(x, row.assignment.members), x, row.seeds, row.assignment);
  };
  const auto pooled = pool();
  EXPECT_EQ(pooled[1].abs().sum().item<double>(), 0);
  EXPECT_EQ(gradient_of(1e6 * pooled[1].sum(), row.assignment.share).abs().sum().item<double>(), 0);
  const auto of_both = gradient_of(pool().sum(), row.assignment.share);
  EXPECT_LT(of_both.abs().max().item<double>(), 32.0 / 6 * 1.01) << "as large as without it";
}

TEST(Assign, LinksAreThoseWorkedByHand) {
  const Row row;
  const auto path = csr({0, 1, 3, 5, 7, 9, 10}, {1, 0, 2, 1, 3, 2, 4, 3, 5, 4}, 6);
  const auto loss = link_loss(row.seeds, row.assignment, path);
  EXPECT_NEAR(loss.item<double>(), 6.0 / 16, 1e-12);
  expect_near(gradient_of(loss * 16, row.z).select(1, 0), {.419974342, 0, 1.572895466, -1.572895466, 0, -.419974342});
}

/// Nodes at 0..5, as in clusters_test.
ClusterInput line(int rounds) {
  ClusterInput input;
  input.node = at::zeros({6, kNodeRecord});
  input.node.select(1, 0).copy_(at::arange(6));
  input.node.select(1, 7).fill_(1);
  input.seed = at::zeros({2, kNodeRecord});
  input.seed.select(1, 0).copy_(at::tensor({1, 4}));
  input.seed.select(1, 3).fill_(3);
  input.feature = at::tensor({0, 0, 0, 0, 1, 1}, at::kDouble).view({6, 1}).requires_grad_(true);
  input.weight = at::tensor({2, 1, 0}, at::kDouble);
  input.rounds = rounds;
  return input;
}

TEST(Assign, SharesHaveTheGradientsWorkedByHand) {
  const auto gradient = [](int rounds) {
    const auto input = line(rounds);
    return gradient_of(assigned(six_and_two(), input).share[3][1], input.feature).view(-1);
  };
  expect_near(gradient(1), {0, 0, 0, -.411841, .205920, .205920}, 6e-7);
  expect_near(gradient(2), {-.024038, -.035573, -.048315, -.528804, .316093, .320637}, 6e-7);
}

TEST(Assign, ClustersWithNearlyNoSharesAreEmpty) {
  at::manual_seed(5);
  const auto probe = at::randn({6, 2}, at::kFloat), labels = at::rand({6, 2}, at::kFloat);
  for (const double place : {20, 33, 34, 35, 36, 38, 1000}) {  // shares of the second: 1e-10, then below 1e-38, then 0
    auto input = line(3);
    input.seed.select(1, 0)[1] = place;
    const auto feature = input.feature.detach().to(at::kFloat).requires_grad_(true),
               weight = input.weight.to(at::kFloat).requires_grad_(true);
    input.feature = feature, input.weight = weight;
    const auto seeds = six_and_two();
    const auto found = assigned(seeds, input);
    const auto value = (found.share * probe).sum() + partition_loss(seeds, found, labels);
    EXPECT_TRUE(value.isfinite().item<bool>()) << place;
    for (const auto& gradient : torch::autograd::grad({value}, {feature, weight})) {
      EXPECT_TRUE(gradient.isfinite().all().item<bool>()) << place;
      EXPECT_LT(gradient.abs().max().item<float>(), 100) << place;
    }
  }
}

TEST(Assign, GradientsOfSharesAndDistancesMatchFiniteDifferences) {
  at::manual_seed(3);
  // Two more seeds without homes, some nodes without points.
  const auto seeds =
      make_seeds(at::tensor({0, 0, 2, 1, 2, 1, 0}, at::kInt), csr({0, 3, 5, 7, 7}, {0, 1, 6, 3, 5, 2, 4}, 7),
                 csr({0, 2, 5, 7, 8}, {1, 3, 0, 2, 3, 1, 0, 2}, 4), 4);
  ClusterInput input;
  input.node = at::rand({7, kNodeRecord});
  input.node.select(1, 7).copy_(at::tensor({1, 2, 0, 3, 1, 0, 5}));
  input.seed = at::rand({4, kNodeRecord}) + 0.3;
  input.feature = at::randn({7, 3}, at::kDouble).requires_grad_(true);
  input.weight = at::tensor({0.7, 2.0, 0.3}, at::kDouble).requires_grad_(true);
  const auto probe = at::randn({7, 4}, at::kDouble), other = at::randn({7, 4}, at::kDouble);
  for (const int rounds : {1, 2, 3}) {
    input.rounds = rounds;
    const auto value = [&] {
      const auto found = assigned(seeds, input);
      return (found.share * probe).sum() + (found.distance * other).sum();
    };
    const auto found = torch::autograd::grad({value()}, {input.feature, input.weight});
    int i = 0;
    for (const auto& tensor : {input.feature, input.weight}) {
      const auto gradient = found[i++].contiguous();
      auto* cell = tensor.detach().mutable_data_ptr<double>();
      for (std::int64_t k = 0; k < tensor.numel(); ++k) {
        const double before = cell[k], h = 1e-6;
        cell[k] = before + h;
        const double above = value().item<double>();
        cell[k] = before - h;
        const double below = value().item<double>();
        cell[k] = before;
        EXPECT_NEAR(gradient.const_data_ptr<double>()[k], (above - below) / (2 * h), 1e-7) << rounds << ", " << k;
      }
    }
  }
}

TEST(Assign, PartitionAndCompactnessAreTheirFormulas) {
  Row row;
  row.assignment.distance = at::rand({6, 2}, at::kDouble).requires_grad_(true);
  const auto labels = at::tensor({3, 0, 1, 0, 0, 0, 0, 2, 1, 1, 0, 4}, at::kDouble).view({6, 2});
  const auto Q = row.z.softmax(1);  // by cluster
  const auto H = Q.t().matmul(labels) / Q.t().matmul(labels.sum(1)).unsqueeze(1);
  const auto expected = -(labels * (Q.matmul(H) + 1e-4).log()).sum() / labels.sum();
  const auto found = partition_loss(row.seeds, row.assignment, labels);
  EXPECT_NEAR(found.item<double>(), expected.item<double>(), 1e-12);
  EXPECT_TRUE(at::allclose(gradient_of(found, row.z), gradient_of(expected, row.z), 1e-9, 1e-12));
  EXPECT_EQ(partition_loss(row.seeds, row.assignment, at::zeros({6, 2}, at::kDouble)).item<double>(), 0);
  EXPECT_TRUE(at::equal(labels_of_clusters(row.assignment, labels), at::tensor({4, 0, 1, 7}, at::kDouble).view({2, 2})))
      << labels_of_clusters(row.assignment, labels);
  const Row again;
  auto assignment = again.assignment;
  assignment.distance = row.assignment.distance;
  const auto spread = (assignment.share * assignment.distance).sum() / 6, ours = compact_loss(assignment);
  EXPECT_NEAR(ours.item<double>(), spread.item<double>(), 1e-12);
  for (const auto& input : {again.z, assignment.distance})
    EXPECT_TRUE(at::allclose(torch::autograd::grad({ours}, {input}, {}, true)[0],
                             torch::autograd::grad({spread}, {input}, {}, true)[0]));
}

TEST(Assign, HasTheSameBitsForAnyNumberOfThreads) {
  at::manual_seed(4);
  constexpr int n = 4000, m = 500;
  const auto home = at::randint(0, m, {n}, at::kInt);
  const auto homes = members_of(home, m);
  const auto near = csr_of(at::randint(0, m, {m, 3}, at::kInt));
  const auto seeds = make_seeds(home, homes, near, 4);
  ClusterInput input;
  input.node = at::rand({n, kNodeRecord});
  input.seed = at::rand({m, kNodeRecord}) + 0.3;
  input.feature = at::randn({n, 16}).requires_grad_(true);
  input.weight = at::tensor({0.5f, 8.0f, 0.0f}).requires_grad_(true);
  input.rounds = 2;
  const auto labels = at::randint(0, 5, {n, 4}, at::kFloat), x = at::randn({n, 8});
  const auto work = [&] {
    const auto found = assigned(seeds, input);
    const auto pooled = with_gradient_of_shares(pool_rows(x, found.members), x, seeds, found);
    const auto loss = partition_loss(seeds, found, labels) + compact_loss(found) +
                      link_loss(seeds, found, csr_of(home.view({n, 1}))) + (pooled * pooled).mean();
    auto results = torch::autograd::grad({loss}, {input.feature, input.weight});
    results.push_back(partition_loss(seeds, found, labels).detach());
    results.push_back(found.parent);
    return results;
  };
  test::expect_same_for_threads(work, [](const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(same_tensor(a[i], b[i])) << i;
  });
}

}  // namespace
}  // namespace treewalk
