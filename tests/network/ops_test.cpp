// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/network/ops.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <functional>
#include <vector>

#include "core/device/threads.h"
#include "tests/support/on_every_cpu.h"

namespace treewalk {
namespace {

using Function = std::function<at::Tensor(const std::vector<at::Tensor>&)>;

at::Tensor random(at::IntArrayRef shape, std::uint64_t seed) {
  at::manual_seed(seed);
  return at::randn(shape, at::kDouble);
}

/// Compares gradients of sum(f * fixed random numbers) with central differences, in double.
void expect_gradients(const Function& f, std::vector<at::Tensor> inputs) {
  for (auto& x : inputs) x.requires_grad_(true);
  const auto probe = random(f(inputs).sizes(), 99);
  const auto value = [&] { return (f(inputs) * probe).sum(); };
  const auto gradients = torch::autograd::grad({value()}, inputs);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    auto flat = inputs[i].detach().view(-1);
    for (std::int64_t j = 0; j < flat.numel(); ++j) {
      auto* cell = flat.mutable_data_ptr<double>() + j;
      const double before = *cell, h = 1e-6;
      *cell = before + h;
      const double above = value().item<double>();
      *cell = before - h;
      const double below = value().item<double>();
      *cell = before;
      ASSERT_NEAR(gradients[i].view(-1)[j].item<double>(), (above - below) / (2 * h), 1e-6)
          << "input " << i << " at " << j;
    }
  }
}

/// Rows {0,1}, {2}, {}, {3,4,5} over six children.
Csr example_rows() {
  Csr rows;
  rows.offset = at::tensor({0, 2, 3, 3, 6}, at::kInt);
  rows.column = at::tensor({0, 1, 2, 3, 4, 5}, at::kInt);
  rows.columns = 6;
  return rows;
}

TEST(Ops, LinearEqualsTheMatrixProduct) {
  const auto x = random({3000, 7}, 1), w = random({5, 7}, 2), b = random({5}, 3);
  EXPECT_TRUE(at::allclose(linear(x, w, b), at::matmul(x, w.t()) + b, 1e-12, 1e-12));
}

// Whole bits, whatever stands before and after a row and however wide the matrices are.
TEST(Ops, ARowOfLinearDoesNotDependOnItsCompany) {
  at::manual_seed(2);
  for (const int out : {2, 3, 6, 8, 12, 16, 24, 48})
    for (const int in : {1, 3, 5, 8, 9, 10, 13, 16, 27, 31, 33, 50, 64}) {
      const auto x = at::randn({1500, in}), weight = at::randn({out, in}), bias = at::randn({out});
      const auto whole = linear(x, weight, bias);
      for (const int first : {1, 2, 3, 454, 1023, 1490}) {
        const auto part = linear(x.narrow(0, first, 1500 - first).contiguous(), weight, bias);
        ASSERT_TRUE(at::equal(part, whole.narrow(0, first, 1500 - first))) << in << " to " << out << " from " << first;
      }
      const auto column = at::cat({at::zeros({1500, 3}), x}, 1).narrow(1, 3, in);
      ASSERT_TRUE(at::equal(linear(column, weight, bias), whole)) << in << " to " << out << ", of a wider matrix";
      ASSERT_TRUE(at::equal(linear(x.narrow(0, 700, 3), weight, bias), whole.narrow(0, 700, 3))) << in << " to " << out;
    }
}

TEST(Ops, LinearHasTheRightGradients) {
  expect_gradients([](const auto& in) { return linear(in[0], in[1], in[2]); },
                   {random({4, 3}, 1), random({2, 3}, 2), random({2}, 3)});
}

TEST(Ops, LinearGradientsAddUpOverPieces) {
  auto x = random({2500, 3}, 1).requires_grad_(true), w = random({2, 3}, 2).requires_grad_(true),
       b = random({2}, 3).requires_grad_(true);
  const auto probe = random({2500, 2}, 4);
  const auto ours = torch::autograd::grad({(linear(x, w, b) * probe).sum()}, {x, w, b});
  const auto theirs = torch::autograd::grad({((at::matmul(x, w.t()) + b) * probe).sum()}, {x, w, b});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(at::allclose(ours[i], theirs[i], 1e-11, 1e-11));
}

TEST(Ops, LayerNormEqualsLibTorchs) {
  const auto x = random({50, 8}, 1), g = random({8}, 2), s = random({8}, 3);
  EXPECT_TRUE(at::allclose(layer_norm(x, g, s), at::layer_norm(x, {8}, g, s), 1e-10, 1e-10));
}

TEST(Ops, OfRowsHaveTheSameBitsOnEverySetOfInstructions) {
  for (const std::int64_t width : {5, 8, 48}) {
    const auto x = random({1500, width}, 7).to(at::kFloat), y = random({1500, width}, 8).to(at::kFloat);
    const auto g = random({width}, 2).to(at::kFloat), s = random({width}, 3).to(at::kFloat);
    std::vector<at::Tensor> found;
    test::on_every_cpu([&] { found.push_back(at::stack({layer_norm(x, g, s), rectified(x), residual(x, y)})); });
    for (const auto& other : found) EXPECT_TRUE(at::equal(other, found[0])) << width;
  }
}

TEST(Ops, LayerNormHasTheRightGradients) {
  expect_gradients([](const auto& in) { return layer_norm(in[0], in[1], in[2]); },
                   {random({3, 5}, 1), random({5}, 2), random({5}, 3)});
}

TEST(Ops, PoolGivesMaximumAndMeanOfEachRow) {
  const auto x = at::tensor({1.0, 5.0, 2.0, -1.0, -2.0, -6.0}, at::kDouble).view({6, 1});
  const auto expected = at::tensor({5.0, 3.0, 2.0, 2.0, 0.0, 0.0, -1.0, -3.0}, at::kDouble).view({4, 2});
  EXPECT_TRUE(at::equal(pool_rows(x, example_rows()), expected));
}

TEST(Ops, PoolHasTheRightGradients) {
  expect_gradients([](const auto& in) { return pool_rows(in[0], example_rows()); }, {random({6, 3}, 1)});
}

TEST(Ops, UnpoolCopiesRowsAndAddsGradients) {
  const auto index = at::tensor({0, 0, 1, 3, 3, 3}, at::kInt);
  expect_gradients([&](const auto& in) { return unpool_rows(in[0], index, example_rows()); }, {random({4, 3}, 1)});
  const auto x = random({4, 3}, 1);
  EXPECT_TRUE(at::equal(unpool_rows(x, index, example_rows()), x.index_select(0, index)));
}

TEST(Ops, CrossEntropyEqualsItsDefinition) {
  const auto x = random({2000, 3}, 1);
  auto target = at::softmax(random({2000, 3}, 2), 1);
  target.narrow(0, 0, 700).zero_();  // rows that do not count
  const auto expected = -(target * at::log_softmax(x, 1)).sum() / target.sum();
  EXPECT_NEAR(cross_entropy(x, target).item<double>(), expected.item<double>(), 1e-12);
  EXPECT_EQ(cross_entropy(x, at::zeros_like(x)).item<double>(), 0);
}

TEST(Ops, CrossEntropyHasTheRightGradients) {
  const auto target = at::tensor({1.0, 0.0, 0.25, 0.75, 0.0, 0.0}, at::kDouble).view({3, 2});
  expect_gradients([&](const auto& in) { return cross_entropy(in[0], target); }, {random({3, 2}, 1)});
}

/// Of four classes: {0, 2}, {1}, and all but the last.
Csr example_sets() { return {at::tensor({0, 2, 3, 6}, at::kInt), at::tensor({0, 2, 1, 0, 1, 2}, at::kInt), 4}; }

/// Rows of a single 1 in the given column.
at::Tensor ones_in(const std::vector<std::int64_t>& column, std::int64_t columns) {
  const auto rows = static_cast<std::int64_t>(column.size());
  return at::zeros({rows, columns}, at::kDouble).scatter_(1, at::tensor(column, at::kLong).view({rows, 1}), 1.0);
}

/// The loss and the gradient of the logits.
std::vector<at::Tensor> loss_and_gradient(const at::Tensor& logits, const at::Tensor& target, const Csr& sets = {}) {
  const auto x = logits.detach().clone().requires_grad_(true);
  const auto loss = cross_entropy(x, target, sets);
  return {loss.detach(), torch::autograd::grad({loss}, {x})[0]};
}

TEST(Ops, CrossEntropyOfASetIsThatOfTheSumOfItsProbabilities) {
  const auto x = random({5, 4}, 1), p = at::softmax(x, 1);
  const auto found = cross_entropy(x, ones_in({4, 4, 6, 6, 4}, 7), example_sets()).item<double>();
  double expected = 0;
  for (const int row : {0, 1, 4}) expected -= (p[row][0] + p[row][2]).log().item<double>() / 5;
  for (const int row : {2, 3}) expected -= (1 - p[row][3]).log().item<double>() / 5;  // all classes but one
  EXPECT_NEAR(found, expected, 1e-14);
}

TEST(Ops, CrossEntropyOfASetOfOneClassIsThatOfTheClassToTheBit) {
  const auto x = random({300, 4}, 1);
  const std::vector<std::int64_t> exact(300, 1), set(300, 5);
  const auto expected = loss_and_gradient(x, ones_in(exact, 4)),
             found = loss_and_gradient(x, ones_in(set, 7), example_sets());
  EXPECT_TRUE(at::equal(found[0], expected[0]));
  EXPECT_TRUE(at::equal(found[1], expected[1]));
}

TEST(Ops, SetsThatNoRowIsOfChangeNoBit) {
  const auto x = random({2000, 4}, 1).to(at::kFloat), target = at::softmax(random({2000, 4}, 2), 1).to(at::kFloat);
  const auto expected = loss_and_gradient(x, target),
             found = loss_and_gradient(x, at::cat({target, at::zeros({2000, 3})}, 1), example_sets());
  EXPECT_TRUE(at::equal(found[0], expected[0]));
  EXPECT_TRUE(at::equal(found[1], expected[1]));
}

// As cells have them: shares of classes and of sets in one row, rows of other weights, and rows that do not count.
TEST(Ops, CrossEntropyWithSetsEqualsItsDefinitionOverPieces) {
  const auto x = random({3000, 4}, 1);
  auto target = at::softmax(random({3000, 7}, 2), 1) * random({3000, 1}, 3).abs();
  target.narrow(0, 0, 700).zero_();
  const auto p = at::softmax(x, 1);
  const auto of_sets = at::stack({p.select(1, 0) + p.select(1, 2), p.select(1, 1), 1 - p.select(1, 3)}, 1);
  const auto expected = -(target * at::cat({p, of_sets}, 1).log()).sum() / target.sum();
  EXPECT_NEAR(cross_entropy(x, target, example_sets()).item<double>(), expected.item<double>(), 1e-12);
  const ThreadCount one(1);
  const auto alone = loss_and_gradient(x, target, example_sets());
  const ThreadCount four(4);
  const auto together = loss_and_gradient(x, target, example_sets());
  EXPECT_TRUE(at::equal(alone[0], together[0]));
  EXPECT_TRUE(at::equal(alone[1], together[1]));
}

TEST(Ops, CrossEntropyWithSetsHasTheRightGradients) {
  auto target = at::softmax(random({6, 7}, 2), 1);
  target.narrow(0, 0, 3).copy_(ones_in({4, 5, 6}, 7));
  target[5].zero_();
  expect_gradients([&](const auto& in) { return cross_entropy(in[0], target, example_sets()); }, {random({6, 4}, 1)});
}

TEST(Ops, CrossEntropyOfASetHoldsForLogitsOfAnySize) {
  for (const float far : {-1e4f, -200.0f, 200.0f, 1e4f}) {
    // The set {0, 2} is far below or above the others: -log(2 exp(far) / (2 exp(far) + 2)).
    const auto x = at::tensor({far, 0.0f, far, 0.0f}).view({1, 4});
    const auto found = loss_and_gradient(x, ones_in({4}, 7).to(at::kFloat), example_sets());
    EXPECT_NEAR(found[0].item<float>(), far < 0 ? -far : 0, 1e-3f) << far;
    const auto expected = far < 0 ? at::tensor({-0.5f, 0.5f, -0.5f, 0.5f}) : at::zeros({4});
    EXPECT_TRUE(at::allclose(found[1][0], expected, 0, 1e-7 * std::abs(far))) << found[1];
  }
}

TEST(Ops, DropoutZeroesItsShareAndScalesTheRest) {
  const std::int64_t n = 100003;
  const auto ones = at::ones({n}, at::kDouble);
  for (const double probability : {0.1, 0.5, 0.9}) {
    const double steps = std::round(probability * 256), share = steps / 256;
    const auto y = dropout(ones, probability, 3, 4);
    const double zeros = (y == 0).sum().item<double>();
    EXPECT_NEAR(zeros, n * share, 5 * std::sqrt(n * share * (1 - share))) << probability;
    const auto kept = y.masked_select(y != 0);
    EXPECT_EQ(kept.min().item<double>(), 256 / (256 - steps));
    EXPECT_EQ(kept.max().item<double>(), 256 / (256 - steps));
    // Neighbours fall out independently of each other.
    const auto gone = (y == 0).to(at::kDouble);
    const double pairs = (gone.narrow(0, 1, n - 1) * gone.narrow(0, 0, n - 1)).sum().item<double>();
    EXPECT_NEAR(pairs, n * share * share, 8 * std::sqrt(n) * share) << probability;
  }
}

TEST(Ops, DropoutDependsOnSeedAndCallOnly) {
  const auto x = random({1000, 37}, 1);
  std::vector<at::Tensor> results;
  for (const int threads : {1, 4}) {
    const ThreadCount count(threads);
    results.push_back(dropout(x, 0.3, 5, 6));
  }
  EXPECT_TRUE(at::equal(results[0], results[1]));
  EXPECT_TRUE(at::equal(results[0].view(-1), dropout(x.view(-1), 0.3, 5, 6)));
  EXPECT_FALSE(at::equal(results[0], dropout(x, 0.3, 5, 7)));
  EXPECT_FALSE(at::equal(results[0], dropout(x, 0.3, 6, 6)));
}

TEST(Ops, DropoutGradientsPassWhereNumbersStayed) {
  expect_gradients([](const auto& in) { return dropout(in[0], 0.4, 7, 8); }, {random({5, 9}, 1)});
  auto x = random({70, 3}, 2).requires_grad_(true);
  const auto y = dropout(x, 0.5, 1, 1);
  const auto gradient = torch::autograd::grad({y.sum()}, {x})[0];
  EXPECT_TRUE(at::equal(gradient, (y != 0).to(at::kDouble) * 2));
}

TEST(Ops, DropoutOfNothingIsTheIdentity) {
  const auto x = random({50, 3}, 1);
  EXPECT_TRUE(at::equal(dropout(x, 0, 1, 2), x));
  EXPECT_EQ(dropout(at::empty({0, 3}), 0.5, 1, 2).numel(), 0);
  EXPECT_THROW(dropout(x, 1, 1, 2), c10::Error);
  EXPECT_THROW(dropout(x, -0.1, 1, 2), c10::Error);
}

TEST(Ops, GradientsHaveTheSameBitsForAnyNumberOfThreads) {
  std::vector<std::vector<at::Tensor>> results;
  for (const int threads : {1, 2, 4}) {
    const ThreadCount count(threads);
    at::manual_seed(5);
    auto x = at::randn({5000, 24}).requires_grad_(true), w = at::randn({16, 24}).requires_grad_(true),
         b = at::randn({16}).requires_grad_(true), g = at::randn({16}).requires_grad_(true);
    const auto target = at::softmax(at::randn({5000, 16}), 1);
    const auto loss = cross_entropy(layer_norm(linear(x, w, b), g, b), target);
    auto result = torch::autograd::grad({loss}, {x, w, b, g});
    result.push_back(loss.detach());
    results.push_back(result);
  }
  for (std::size_t r = 1; r < results.size(); ++r)
    for (std::size_t i = 0; i < results[0].size(); ++i) EXPECT_TRUE(at::equal(results[0][i], results[r][i])) << i;
}

TEST(Ops, EmptyInputGivesEmptyOutput) {
  const auto x = at::empty({0, 4}), w = at::ones({2, 4}), b = at::zeros({2});
  EXPECT_EQ(linear(x, w, b).sizes(), at::IntArrayRef({0, 2}));
  EXPECT_EQ(layer_norm(x, at::ones({4}), at::zeros({4})).size(0), 0);
  EXPECT_EQ(cross_entropy(at::empty({0, 2}), at::empty({0, 2})).item<float>(), 0);
}

}  // namespace
}  // namespace treewalk
