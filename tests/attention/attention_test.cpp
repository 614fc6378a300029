// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/attention/attention.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

#include "core/device/cpu.h"
#include "tests/support/attention_by_tensors.h"
#include "tests/support/attention_cases.h"

namespace treewalk {
namespace {

using namespace test;

Case with_gradient(Case c) {
  auto& in = c.input;
  for (at::Tensor* t : {&in.query, &in.key, &in.value, &in.position_query, &in.relation_slope, &in.relation_bias})
    *t = t->detach().clone().set_requires_grad(true);
  auto& weight = c.rows.entry_weight;
  if (weight.defined()) weight = weight.detach().clone().set_requires_grad(true);
  return c;
}

/// The same with weights of its entries.
Case weighed(Case c) {
  c.rows.entry_weight = at::ones({c.rows.rows.entries()}, c.input.query.options());
  return c;
}

Case in_double(Case c) {
  auto& in = c.input;
  for (at::Tensor* t : {&in.query, &in.key, &in.value, &in.position_query, &in.relation_slope, &in.relation_bias})
    *t = t->to(at::kDouble);
  if (c.rows.entry_weight.defined()) c.rows.entry_weight = c.rows.entry_weight.to(at::kDouble);
  return c;
}

/// A number that depends on every output, with fixed weights.
at::Tensor weigh(const AttentionOutput& out) {
  at::manual_seed(99);
  const at::Tensor w = at::randn(out.output.sizes()).to(out.output.options());
  const at::Tensor v = at::randn(out.offset.sizes()).to(out.offset.options());
  return (out.output * w).sum() + (out.offset * v).sum();
}

using Attend = AttentionOutput (*)(const AttentionInput&, const AttentionRows&);

struct Result {
  AttentionOutput out;
  std::vector<at::Tensor> gradient;
};

Result run(const Case& c, Attend attend) {
  const Case copy = with_gradient(c);
  Result result;
  result.out = attend(copy.input, copy.rows);
  weigh(result.out).backward();
  for (const at::Tensor& t : parameters_of(copy.input)) result.gradient.push_back(t.grad());
  if (copy.rows.entry_weight.defined()) result.gradient.push_back(copy.rows.entry_weight.grad());
  return result;
}

void expect_same(const Result& a, const Result& b, double tolerance) {
  const char* names[] = {"query", "key", "value", "position_query", "relation_slope", "relation_bias", "entry_weight"};
  expect_close(a.out.output, b.out.output, tolerance, "output");
  expect_close(a.out.offset, b.out.offset, tolerance, "offset");
  ASSERT_EQ(a.gradient.size(), b.gradient.size());
  for (std::size_t i = 0; i < a.gradient.size(); ++i)
    expect_close(a.gradient[i], b.gradient[i], 4 * tolerance, names[i]);
}

bool same_bits(const at::Tensor& a, const at::Tensor& b) { return at::equal(a, b); }

// Two cells one metre apart, each of size 1 with an upward normal; row 0 = {self, the other}, row 1 = {self}.
// With one head, zero queries and bias ln(3) for relation 0, the weights of row 0 are 3/4 and 1/4.
TEST(Attention, MatchesTwoRowsWorkedByHand) {
  AttentionInput in;
  in.query = at::zeros({2, 4});
  in.key = at::zeros({2, 4});
  in.value = at::tensor({1.f, 2.f, 3.f, 4.f, 5.f, 6.f, 7.f, 8.f}).view({2, 4});
  in.position_query = at::zeros({2, 6});
  in.relation_slope = at::zeros({2, 6});
  in.relation_bias = at::tensor({std::log(3.f), 0.f}).view({2, 1});
  in.node = at::tensor({0.f, 0.f, 0.f, 1.f, 0.f, 0.f, 1.f, 1.f,  //
                        1.f, 0.f, 0.f, 1.f, 1.f, 0.f, 0.f, 1.f})
                .view({2, 8});
  in.relation_scale = at::tensor({1.f, 2.f});
  AttentionRows rows;
  rows.rows = {at::tensor({0, 2, 3}, at::kInt), at::tensor({0, 1, 1}, at::kInt), 2};
  rows.relation = at::tensor({0, 1, 0}, at::kByte);
  for (const Attend attend : {&attention, &attention_by_tensors}) {
    const auto out = attend(in, rows);
    // 3/4 (1,2,3,4) + 1/4 (5,6,7,8)
    expect_close(out.output, at::tensor({2.f, 3.f, 4.f, 5.f, 5.f, 6.f, 7.f, 8.f}).view({2, 4}), 1e-6, "output");
    // delta = (1,0,0), a = 2: g = (1/2, 0, 0, 1/2, n_y.delta = 1, n_x.n_y - 1 = -1), times 1/4; the self entries give 0
    expect_close(out.offset,
                 at::tensor({.125f, 0.f, 0.f, .125f, .25f, -.25f, 0.f, 0.f, 0.f, 0.f, 0.f, 0.f}).view({2, 6}), 1e-6,
                 "offset");
  }
}

struct Shape {
  int rows;
  std::int64_t keys, heads, width;
};
class AttentionShapes : public testing::TestWithParam<Shape> {};
INSTANTIATE_TEST_SUITE_P(, AttentionShapes,
                         testing::Values(Shape{1, 1, 1, 4}, Shape{7, 9, 1, 16}, Shape{300, 200, 4, 16},
                                         Shape{513, 700, 2, 32}, Shape{257, 300, 3, 8}, Shape{256, 100, 5, 12},
                                         Shape{100, 500, 2, 24}, Shape{90, 70, 1, 64}, Shape{60, 80, 6, 20},
                                         Shape{700, 650, 8, 32}));

TEST_P(AttentionShapes, FusedEqualsTensorFormForwardAndBackward) {
  const Shape s = GetParam();
  const Case c = weighed(random_case(family_lengths(s.rows, 5), s.keys, s.heads, s.width, 17));
  expect_same(run(c, &attention), run(c, &attention_by_tensors), 1e-5);
}

TEST_P(AttentionShapes, DoubleEqualsTensorFormToTheLastDigits) {
  const Shape s = GetParam();
  const Case c = weighed(random_case(family_lengths(s.rows, 6), s.keys, s.heads, s.width, 18, at::kDouble));
  expect_same(run(c, &attention), run(c, &attention_by_tensors), 1e-12);
}

TEST_P(AttentionShapes, NoGradientGivesTheSameBits) {
  const Shape s = GetParam();
  const Case c = random_case(family_lengths(s.rows, 7), s.keys, s.heads, s.width, 19);
  const auto without = attention(c.input, c.rows);
  const auto with = run(c, &attention).out;
  EXPECT_TRUE(same_bits(without.output, with.output));
  EXPECT_TRUE(same_bits(without.offset, with.offset));
}

TEST(Attention, GradientsEqualCentralDifferencesInDouble) {
  const Case c = with_gradient(random_case({3, 0, 5, 1, 9}, 6, 2, 4, 3, at::kDouble));
  weigh(attention(c.input, c.rows)).backward();
  const auto parameters = parameters_of(c.input);
  const c10::AutoGradMode no_grad(false);
  const double step = 1e-6;
  for (const at::Tensor& parameter : parameters) {
    const at::Tensor flat = parameter.view(-1), gradient = parameter.grad().view(-1);
    for (std::int64_t i = 0; i < flat.numel(); ++i) {
      const double original = flat[i].item<double>();
      flat[i].fill_(original + step);
      const double above = weigh(attention(c.input, c.rows)).item<double>();
      flat[i].fill_(original - step);
      const double below = weigh(attention(c.input, c.rows)).item<double>();
      flat[i].fill_(original);
      EXPECT_NEAR(gradient[i].item<double>(), (above - below) / (2 * step), 1e-7);
    }
  }
}

// Weights enter as logarithms that are added to the logits; where they are 1 attention is what it is without them.
TEST(Attention, GradientsOfEntryWeightsEqualCentralDifferencesInDouble) {
  const Case c = weighed(random_case({3, 0, 5, 1, 9}, 6, 2, 4, 3, at::kDouble));
  const Result found = run(c, &attention);
  const at::Tensor gradient = found.gradient[6];
  EXPECT_LT(gradient[8].abs().item<double>(), 1e-12) << "the only entry of its row";
  EXPECT_GT(gradient.abs().max().item<double>(), 0.1);
  for (std::int64_t e = 0; e < gradient.numel(); ++e) {
    const auto with = [&](double weight) {
      Case other = weighed(c);
      other.rows.entry_weight[e].fill_(weight);
      return weigh(attention_by_tensors(other.input, other.rows)).item<double>();
    };
    EXPECT_NEAR(gradient[e].item<double>(), (with(1 + 1e-6) - with(1 - 1e-6)) / 2e-6, 1e-7) << e;
  }
}

TEST_P(AttentionShapes, EntryWeightsAreNotReadAndChangeNoOtherBit) {
  const Shape s = GetParam();
  const Case c = random_case(family_lengths(s.rows, 9), s.keys, s.heads, s.width, 22);
  Case other = weighed(c);
  other.rows.entry_weight.fill_(std::nanf(""));
  const Result plain = run(c, &attention), with = run(other, &attention);
  EXPECT_TRUE(same_bits(plain.out.output, with.out.output));
  EXPECT_TRUE(same_bits(plain.out.offset, with.out.offset));
  ASSERT_EQ(with.gradient.size(), 7u);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_TRUE(same_bits(plain.gradient[i], with.gradient[i])) << i;
}

TEST(Attention, EntryWeightsAloneMayAskForGradients) {
  Case c = weighed(random_case({3, 0, 5}, 6, 2, 8, 4, at::kDouble));
  const at::Tensor expected = run(c, &attention).gradient[6];
  c.rows.entry_weight.set_requires_grad(true);
  weigh(attention(c.input, c.rows)).backward();
  EXPECT_TRUE(same_bits(c.rows.entry_weight.grad(), expected));
}

TEST(Attention, RowsOfAnyLength) {
  const Case c = weighed(random_case({0, 1, 100, 5000, 0, 0, 17, 16, 33, 1, 0}, 400, 2, 16, 23));
  expect_same(run(c, &attention), run(c, &attention_by_tensors), 1e-5);
  const auto out = attention(c.input, c.rows);
  EXPECT_TRUE(same_bits(out.output[0], at::zeros({32})));
  EXPECT_TRUE(same_bits(out.offset[0], at::zeros({12})));
}

TEST(Attention, PartsOfTheRowsGiveTheSameBits) {
  const Case c = weighed(random_case(family_lengths(700, 14), 300, 2, 16, 29));
  const auto whole = attention(c.input, c.rows);
  const std::vector<std::int64_t> cuts{0, 0, 1, 30, 511, 700, 700};
  for (std::size_t i = 1; i < cuts.size(); ++i) {
    const auto begin = cuts[i - 1], count = cuts[i] - begin;
    AttentionInput input = c.input;
    input.query = input.query.narrow(0, begin, count);
    input.position_query = input.position_query.narrow(0, begin, count);
    const auto part = attention(input, part_of(c.rows, begin, cuts[i]));
    EXPECT_TRUE(same_bits(part.output, whole.output.narrow(0, begin, count))) << begin;
    EXPECT_TRUE(same_bits(part.offset, whole.offset.narrow(0, begin, count))) << begin;
  }
  Case with = with_gradient(c);
  EXPECT_THROW(attention(with.input, part_of(with.rows, 0, 700)), c10::Error);
}

TEST(Attention, NothingToDo) {
  for (const auto& lengths : {std::vector<int>{}, std::vector<int>{0, 0}}) {
    const Result r = run(weighed(random_case(lengths, 5, 2, 8, 1)), &attention);
    EXPECT_EQ(r.out.output.abs().sum().item<float>(), 0.f);
    for (const at::Tensor& g : r.gradient) EXPECT_EQ(g.abs().sum().item<float>(), 0.f);
  }
}

TEST(Attention, SelfAndDuplicatePositionsGiveNoNan) {
  Case c = random_case(family_lengths(40, 2), 60, 2, 16, 8);
  c.input.node.slice(1, 0, 3).fill_(0.25);
  const Result r = run(c, &attention);
  expect_same(r, run(c, &attention_by_tensors), 1e-5);
  EXPECT_FALSE(r.out.output.isnan().any().item<bool>());
}

TEST(Attention, HugeLogitsDoNotOverflow) {
  Case c = random_case(family_lengths(200, 4), 100, 2, 16, 9);
  c.input.relation_bias = at::tensor({1e4f, -1e4f, 0.f, 9999.f, -1e4f, 1e4f, 50.f, 3.f}).view({4, 2});
  const Result r = run(c, &attention);
  expect_same(r, run(in_double(c), &attention_by_tensors), 2e-3);  // numbers near 1e4 are 1e-3 apart
  EXPECT_TRUE(r.out.output.isfinite().all().item<bool>());
}

TEST(Attention, SameBitsForAnyNumberOfThreads) {
  auto lengths = family_lengths(3000, 3);
  lengths[5] = 4000;
  const Case c = weighed(random_case(lengths, 2500, 4, 16, 10));
  const int before = at::get_num_threads();
  std::vector<Result> results;
  for (const int threads : {1, 2, 4}) {
    at::set_num_threads(threads);
    results.push_back(run(c, &attention));
  }
  at::set_num_threads(before);
  for (const Result& r : results) {
    EXPECT_TRUE(same_bits(r.out.output, results[0].out.output));
    EXPECT_TRUE(same_bits(r.out.offset, results[0].out.offset));
    for (int i = 0; i < 7; ++i) EXPECT_TRUE(same_bits(r.gradient[i], results[0].gradient[i])) << i;
  }
}

std::vector<Cpu> cpus() {
  std::vector<Cpu> result;
  for (const Cpu cpu : {Cpu::kBaseline, Cpu::kAvx2, Cpu::kAvx512})
    if (cpu <= best_cpu()) result.push_back(cpu);
  return result;
}

TEST_P(AttentionShapes, InstructionSetsAgree) {
  const Shape s = GetParam();
  const Case c = weighed(random_case(family_lengths(s.rows, 8), s.keys, s.heads, s.width, 20));
  const Result expected = run(in_double(c), &attention);
  const Cpu before = cpu();
  for (const Cpu cpu : cpus()) {
    use_cpu(cpu);
    SCOPED_TRACE(cpu_capability());
    expect_same(run(c, &attention), expected, 1e-5);
  }
  use_cpu(before);
}

TEST(Attention, ManyRelationsOnEveryInstructionSet) {
  const Case c = random_case(family_lengths(70, 8), 90, 3, 16, 21, at::kFloat, 37);
  const Cpu before = cpu();
  for (const Cpu cpu : cpus()) {
    use_cpu(cpu);
    SCOPED_TRACE(cpu_capability());
    expect_same(run(c, &attention), run(c, &attention_by_tensors), 1e-5);
  }
  use_cpu(before);
}

TEST(Attention, ColumnsOfWiderMatricesGiveTheSameBits) {
  const Case c = random_case(family_lengths(300, 12), 200, 2, 16, 13);
  const Result expected = run(c, &attention);
  const Case leaves = with_gradient(c);
  Case wide = leaves;
  const at::Tensor both = at::cat({leaves.input.key, leaves.input.value, leaves.input.key}, 1);
  wide.input.key = both.narrow(1, 0, 32);
  wide.input.value = both.narrow(1, 32, 32);
  wide.input.query = at::cat({leaves.input.query, leaves.input.query}, 1).narrow(1, 32, 32);
  const auto out = attention(wide.input, wide.rows);
  EXPECT_TRUE(same_bits(out.output, expected.out.output));
  weigh(out).backward();
  const auto parameters = parameters_of(leaves.input);
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(same_bits(parameters[i].grad(), expected.gradient[i])) << i;
}

TEST(Attention, RefusesWhatDoesNotFit) {
  const Case c = random_case({3, 4}, 5, 2, 8, 1);
  Case wrong = c;
  wrong.input.heads = 3;
  EXPECT_THROW(attention(wrong.input, wrong.rows), c10::Error);
  wrong = c;
  wrong.input.key = wrong.input.key.narrow(0, 0, 4);
  EXPECT_THROW(attention(wrong.input, wrong.rows), c10::Error);
  wrong = c;
  wrong.rows.relation = wrong.rows.relation + 4;
  EXPECT_THROW(attention(wrong.input, wrong.rows), c10::Error);
  wrong = c;
  wrong.rows.first_query = 100;
  EXPECT_THROW(attention(wrong.input, wrong.rows), c10::Error);
  wrong = weighed(c);
  wrong.rows.entry_weight = at::ones({6});
  EXPECT_THROW(attention(wrong.input, wrong.rows), c10::Error);
  wrong.rows.entry_weight = at::ones({7}, at::kDouble);
  EXPECT_THROW(attention(wrong.input, wrong.rows), c10::Error);
  wrong = with_gradient(c);
  wrong.rows.transposed = {};
  EXPECT_THROW(attention(wrong.input, wrong.rows), c10::Error);
}

}  // namespace
}  // namespace treewalk
