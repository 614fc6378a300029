// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Gradients that reach the shares of clusters through attention.
#include "core/network/assign_entries.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "tests/stand_in/device.h"
#include "tests/support/attention_by_tensors.h"
#include "tests/support/support.h"

namespace treewalk {
namespace {

using test::same_tensor;

/// Rows of as many columns each.
Csr csr_of(const at::Tensor& column) {
  const auto rows = column.size(0), each = column.size(1);
  return {at::arange(rows + 1, at::kInt) * each, column.reshape({-1}), rows};
}

/// A hierarchy whose nodes chose among random candidates, level by level; its last two levels are not chosen.
struct Chosen {
  static constexpr int kChosen = 2;
  Hierarchy hierarchy;
  std::vector<Seeds> seeds;
  std::vector<Assignment> assignment;
  std::vector<at::Tensor> weight;  ///< [n_l,n_l+1]: of the node in the cluster, 1 where it belongs to it

  Chosen(const std::vector<std::int64_t>& sizes, at::ScalarType type) {
    hierarchy.first = {0};
    hierarchy.children.resize(1);
    for (std::size_t l = 0; l < sizes.size(); ++l) {
      const auto n = sizes[l];
      hierarchy.first.push_back(hierarchy.first.back() + n);
      hierarchy.siblings.push_back(csr_of(at::randint(0, std::max<std::int64_t>(1, n), {n, 2}, at::kInt)));
      if (l + 1 == sizes.size()) break;
      const auto m = sizes[l + 1], slots = std::min<std::int64_t>(4, m);
      // Three other seeds beside each, in any order.
      const auto near =
          at::argsort(at::rand({m, m}) + 2 * at::eye(m), std::int64_t{1}).narrow(1, 0, slots - 1).to(at::kInt);
      const auto home = at::randint(0, m, {n}, at::kInt);
      const auto all = at::cat({home.unsqueeze(1), near.index_select(0, home)}, 1);
      seeds.push_back(make_seeds(home, members_of(home, m), csr_of(near), slots));
      Assignment own;
      own.parent = all.gather(1, at::randint(0, slots, {n, 1}, at::kLong)).squeeze(1).contiguous();
      own.members = members_of(own.parent, m);
      own.share = at::rand({n, slots}, type).softmax(1).set_requires_grad(true);
      hierarchy.parent.push_back(own.parent);
      hierarchy.children.push_back(own.members);
      assignment.push_back(own);
      weight.push_back(at::ones({n, m}, type).set_requires_grad(true));
    }
    hierarchy.parent.emplace_back();
    hierarchy.node = at::rand({hierarchy.first.back(), kNodeRecord}) + 0.1;
  }

  AttentionRows rows(int from, int to, const FamilyChoice& choice) const {
    return with_transpose(family_rows(hierarchy, from, to, choice));
  }
  /// [E], looked up in `weight` entry by entry.
  at::Tensor entry_weight(const AttentionRows& rows) const {
    std::vector<at::Tensor> found;
    const auto level_of = [&](std::int64_t node) {
      int l = 0;
      while (node >= hierarchy.first[l + 1]) ++l;
      return l;
    };
    for (std::int64_t row = 0; row < rows.rows.rows(); ++row)
      for (int e = rows.rows.offset[row].item<int>(); e < rows.rows.offset[row + 1].item<int>(); ++e) {
        const auto x = row + rows.first_query, y = rows.rows.column[e].item<int>() + rows.first_key;
        const auto relation = rows.relation[e].item<int>();
        const auto node = relation == kChild ? y : x, cluster = relation == kChild ? x : y;
        const int l = level_of(node);
        found.push_back((relation == kChild || relation == kParent) && l < kChosen
                            ? weight[l][node - hierarchy.first[l]][cluster - hierarchy.first[l + 1]]
                            : at::ones({}, weight[0].options().requires_grad(false)));
      }
    return found.empty() ? at::ones({0}, weight[0].options()) : at::stack(found);
  }
  /// The gradients of weights [n,m] at each node's candidates, for its own cluster only.
  at::Tensor at_own(const at::Tensor& gradient, int l) const {
    const auto& home = seeds[l].home;
    const auto near = seeds[l].near.column.view({-1, seeds[l].slots - 1});
    const auto all = at::cat({home.unsqueeze(1), near.index_select(0, home)}, 1).to(at::kLong);
    return at::where(all == assignment[l].parent.unsqueeze(1), gradient.gather(1, all), at::zeros({1}, at::kDouble));
  }
};

AttentionInput input_over(const Hierarchy& hierarchy, const AttentionRows& rows, int heads, at::ScalarType type) {
  const auto n = rows.rows.rows(), m = rows.rows.columns, width = 4 * std::int64_t(heads);
  AttentionInput in;
  in.heads = heads;
  in.query = at::randn({n, width}, type);
  in.key = at::randn({m, width}, type);
  in.value = at::randn({m, width}, type);
  in.position_query = at::randn({n, heads * kEdgeGeometry}, type) * 0.3;
  in.relation_slope = at::randn({8, heads * kEdgeGeometry}, type) * 0.3;
  in.relation_bias = at::randn({8, heads}, type);
  in.node = hierarchy.node;
  in.relation_scale = at::rand({8}) + 0.5;
  return in;
}

at::Tensor probed(const AttentionOutput& out) {
  at::manual_seed(7);
  return (out.output * at::randn_like(out.output)).sum() + (out.offset * at::randn_like(out.offset)).sum();
}

// Weights [n,m] whose logarithms are added to the logits, in double, against the shares' gradients.
TEST(WeighedEntries, GiveSharesTheGradientsOfTheirWeights) {
  at::manual_seed(11);
  const Chosen chosen({40, 12, 5, 1}, at::kDouble);
  FamilyChoice childless, all, parentless;
  childless.children = false;
  all.ancestors = 3;
  parentless.ancestors = 0;
  parentless.siblings = parentless.self = false;
  for (const auto& choice : {FamilyChoice(), childless, all, parentless})
    for (const auto& [from, to] : {std::pair(0, 3), {0, 0}, {1, 1}, {1, 2}, {2, 3}}) {
      auto rows = chosen.rows(from, to, choice);
      const auto in = input_over(chosen.hierarchy, rows, 3, at::kDouble);
      auto by_matrix = rows;
      by_matrix.entry_weight = chosen.entry_weight(rows);
      const auto expected_value = probed(test::attention_by_tensors(in, by_matrix));
      auto expected = std::vector<at::Tensor>(Chosen::kChosen);
      if (expected_value.requires_grad())
        expected = torch::autograd::grad({expected_value}, {chosen.weight[0], chosen.weight[1]}, {}, {}, false, true);

      for (int l = 0; l < Chosen::kChosen; ++l)
        weigh_entries(chosen.hierarchy, l, chosen.seeds[l], chosen.assignment[l], rows);
      const auto value = probed(attention(in, rows));
      EXPECT_NEAR(value.item<double>(), expected_value.item<double>(), 1e-10);
      auto found = std::vector<at::Tensor>(Chosen::kChosen);
      if (value.requires_grad())
        found = torch::autograd::grad({value}, {chosen.assignment[0].share, chosen.assignment[1].share}, {}, {}, false,
                                      true);
      for (int l = 0; l < Chosen::kChosen; ++l) {
        SCOPED_TRACE(testing::Message() << from << " to " << to << ", level " << l);
        const auto zeros = at::zeros_like(chosen.assignment[l].share);
        const auto right = expected[l].defined() ? chosen.at_own(expected[l], l) : zeros;
        const auto own = found[l].defined() ? found[l] : zeros;
        EXPECT_TRUE(at::allclose(own, right, 1e-10, 1e-12)) << own << right;
        const bool reached =
            (choice.children && from <= l + 1 && l + 1 <= to) || (choice.ancestors > 0 && from <= l && l <= to);
        EXPECT_EQ((right != 0).any().item<bool>(), reached);
      }
    }
}

// One node with two candidates at home with seed 0 but in seed 1's cluster; its only entry beside itself is the parent.
TEST(WeighedEntries, GiveTheShareOfTheParentOneEntrysGradientByHand) {
  Hierarchy h;
  h.first = {0, 1, 3};
  h.parent = {at::tensor({1}, at::kInt), at::Tensor()};
  h.children = {Csr(), members_of(h.parent[0], 2)};
  h.node = at::zeros({3, kNodeRecord});
  h.node.select(1, 3).fill_(1);
  const auto home = at::zeros({1}, at::kInt);
  const auto seeds = make_seeds(home, members_of(home, 2), csr_of(at::tensor({1, 0}, at::kInt).view({2, 1})), 2);
  Assignment assignment;
  assignment.parent = h.parent[0];
  assignment.members = h.children[1];
  assignment.share = at::tensor({0.4, 0.6}, at::kDouble).view({1, 2}).set_requires_grad(true);
  FamilyChoice choice;
  choice.siblings = choice.children = false;
  auto rows = with_transpose(family_rows(h, 0, 0, choice));
  weigh_entries(h, 0, seeds, assignment, rows);
  EXPECT_EQ(rows.entry_weight.sizes(), at::IntArrayRef({2}));

  AttentionInput in = input_over(h, rows, 1, at::kDouble);
  for (at::Tensor* t : {&in.query, &in.position_query, &in.relation_slope, &in.relation_bias}) t->zero_();
  in.value = at::tensor({1, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0}, at::kDouble).view({3, 4});
  // Equal logits: the output is (1 + 5) / 2, and d output / d log W = 1/2 (5 - 3) = 1.
  const auto out = attention(in, rows).output[0][0];
  EXPECT_DOUBLE_EQ(out.item<double>(), 3);
  const auto found = torch::autograd::grad({out}, {assignment.share})[0];
  EXPECT_DOUBLE_EQ(found[0][0].item<double>(), 0);
  EXPECT_DOUBLE_EQ(found[0][1].item<double>(), 1);
}

TEST(WeighedEntries, AreNotThereWhereNothingIsRecorded) {
  at::manual_seed(12);
  const Chosen chosen({9, 4, 2}, at::kFloat);
  auto rows = chosen.rows(0, 2, {});
  auto fixed = chosen.assignment[0];
  fixed.share = fixed.share.detach();
  weigh_entries(chosen.hierarchy, 0, chosen.seeds[0], fixed, rows);
  EXPECT_FALSE(rows.entry_weight.defined());
  {
    const at::NoGradGuard none;
    weigh_entries(chosen.hierarchy, 0, chosen.seeds[0], chosen.assignment[0], rows);
    EXPECT_FALSE(rows.entry_weight.defined());
  }
  auto above = chosen.rows(2, 2, {});
  weigh_entries(chosen.hierarchy, 0, chosen.seeds[0], chosen.assignment[0], above);
  EXPECT_FALSE(above.entry_weight.defined()) << "neither nodes nor clusters are queries";
}

TEST(WeighedEntries, OfNoNodesGiveNoGradients) {
  const Chosen chosen({0, 4, 2}, at::kFloat);
  auto rows = chosen.rows(0, 1, {});
  weigh_entries(chosen.hierarchy, 0, chosen.seeds[0], chosen.assignment[0], rows);
  const auto out = attention(input_over(chosen.hierarchy, rows, 2, at::kFloat), rows);
  EXPECT_EQ(torch::autograd::grad({out.output.sum()}, {chosen.assignment[0].share})[0].numel(), 0);
}

/// Outputs and gradients of shares over rows between levels 0 and 3.
std::vector<at::Tensor> attended(const Chosen& chosen, const AttentionInput& in, AttentionRows rows) {
  for (int l = 0; l < Chosen::kChosen; ++l)
    weigh_entries(chosen.hierarchy, l, chosen.seeds[l], chosen.assignment[l], rows);
  const auto out = attention(in, rows);
  auto found = torch::autograd::grad({(out.output * out.output).sum()},
                                     {chosen.assignment[0].share, chosen.assignment[1].share});
  found.push_back(out.output.detach());
  return found;
}

TEST(WeighedEntries, HaveTheSameBitsForAnyNumberOfThreadsAndAttentionKeepsItsOwn) {
  at::manual_seed(13);
  const Chosen chosen({6000, 1500, 300, 4}, at::kFloat);
  const auto rows = chosen.rows(0, 3, {});
  const auto in = input_over(chosen.hierarchy, rows, 4, at::kFloat);
  const auto work = [&] { return attended(chosen, in, rows); };
  test::expect_same_for_threads(work, [](const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(same_tensor(a[i], b[i])) << i;
  });
  EXPECT_TRUE(same_tensor(work().back(), attention(in, rows).output));
}

TEST(DeviceWeighedEntries, GiveTheCpusGradientsAndTheHostWaitsForNothing) {
  at::manual_seed(14);
  const Chosen here({300, 80, 20, 2}, at::kFloat);
  auto there = here;
  const auto move = [](at::Tensor& t) { t = t.detach().to(test::tested_device()); };
  const auto move_csr = [&](Csr& csr) { move(csr.offset), move(csr.column); };
  auto rows = here.rows(0, 3, {});
  auto in = input_over(here.hierarchy, rows, 2, at::kFloat);
  const auto expected = attended(here, in, rows);
  for (int l = 0; l < Chosen::kChosen; ++l) {
    auto& seeds = there.seeds[l];
    move(seeds.home), move_csr(seeds.homes), move_csr(seeds.near), move_csr(seeds.of_near.graph);
    move(seeds.of_near.entry);
    auto& own = there.assignment[l];
    move(own.parent), move_csr(own.members), move(own.share);
    own.share.set_requires_grad(true);
  }
  move_csr(rows.rows), move(rows.relation), move_csr(rows.transposed.graph), move(rows.transposed.entry);
  for (at::Tensor* t : {&in.query, &in.key, &in.value, &in.position_query, &in.relation_slope, &in.relation_bias,
                        &in.node, &in.relation_scale})
    move(*t);
  test::reset_traffic();
  const auto found = attended(there, in, rows);
  EXPECT_TRUE(test::traffic().waits.empty());
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_TRUE(at::allclose(found[i].cpu(), expected[i], 1e-5, 1e-5)) << i;
}

}  // namespace
}  // namespace treewalk
