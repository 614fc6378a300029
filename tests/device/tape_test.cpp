// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/device/tape.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "tests/stand_in/device.h"

namespace treewalk {
namespace {

using torch::autograd::grad;

at::Tensor leaf(std::initializer_list<double> numbers) {
  return at::tensor(std::vector<double>(numbers), at::kDouble).requires_grad_(true);
}

/// x y and x + y, as a function of treewalk records them; `alive` lives as long as the recorded backward pass.
Tensors product_and_sum(const at::Tensor& any_x, const at::Tensor& any_y, std::shared_ptr<int> alive = nullptr) {
  const auto x = any_x.detach(), y = any_y.detach(), product = x * y, sum = x + y;
  return record({product, sum}, {any_x, any_y}, {x, y, product}, [=](const Gradients& of) {
    Tensors result(2);
    if (of.wanted(0)) result[0] = of[0] * y + of[1];
    if (of.wanted(1)) result[1] = of[0] * product / y + of[1];  // an output that its own backward pass holds
    (void)alive;
    return result;
  });
}

std::string error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const c10::Error& error) {
    return error.what_without_backtrace();
  }
  return "no error";
}

TEST(Tape, GradientsOfAllOutputsAddUp) {
  const auto x = leaf({2, 3}), y = leaf({5, -7});
  const auto out = product_and_sum(x, y);
  EXPECT_TRUE(out[0].equal((x * y).detach()));
  EXPECT_TRUE(out[1].equal((x + y).detach()));
  const auto of = grad({out[0].sum() + 10 * out[1].sum()}, {x, y});
  EXPECT_TRUE(of[0].equal(y.detach() + 10));
  EXPECT_TRUE(of[1].equal(x.detach() + 10));
}

TEST(Tape, AnOutputThatNobodyUsesHasZeroGradients) {
  const auto x = leaf({2, 3}), y = leaf({5, -7});
  EXPECT_TRUE(grad({product_and_sum(x, y)[0].sum()}, {x})[0].equal(y.detach()));
  EXPECT_TRUE(grad({product_and_sum(x, y)[1].sum()}, {x})[0].equal(at::ones_like(x)));
}

TEST(Tape, GradientsComeContiguous) {
  const auto x = leaf({1, 2, 3, 4});
  bool contiguous = false;
  const auto y = record(x.detach() * 2, {x}, {}, [&](const Gradients& of) {
    contiguous = of[0].is_contiguous();
    return Tensors{of[0] * 2};
  });
  grad({y.sum()}, {x});  // the gradient of a sum is one number, seen four times
  EXPECT_TRUE(contiguous);
}

TEST(Tape, InputsWithoutGradientAreNotWantedAndMayBeUndefined) {
  const auto x = leaf({2, 3}), constant = at::ones({2}, at::kDouble);
  std::vector<bool> wanted;
  const auto y = record(x.detach() * 1, {constant, at::Tensor(), x}, {}, [&](const Gradients& of) {
    for (int i = 0; i < 3; ++i) wanted.push_back(of.wanted(i));
    return Tensors{at::Tensor(), at::Tensor(), of[0]};
  });
  EXPECT_TRUE(grad({y.sum()}, {x})[0].equal(at::ones_like(x)));
  EXPECT_EQ(wanted, (std::vector<bool>{false, false, true}));
  const auto z = leaf({5, 7});
  const auto out = product_and_sum(x, z);
  EXPECT_TRUE(grad({out[0].sum()}, {z})[0].equal(x.detach()));  // of x nobody asks
}

TEST(Tape, AnUndefinedGradientIsNone) {
  const auto x = leaf({2, 3});
  const auto y = record(x.detach() * 1, {x}, {}, [](const Gradients&) { return Tensors(1); });
  EXPECT_FALSE(grad({y.sum()}, {x}, {}, {}, false, /*allow_unused=*/true)[0].defined());
}

TEST(Tape, RecordsNothingWithoutGradients) {
  const auto x = leaf({2, 3}), y = leaf({5, -7}), constant = x.detach();
  const auto expect_none = [&](const at::Tensor& a, const at::Tensor& b) {
    const auto alive = std::make_shared<int>();
    const auto out = product_and_sum(a, b, alive);
    EXPECT_FALSE(out[0].requires_grad() || out[1].requires_grad());
    EXPECT_EQ(alive.use_count(), 1);
    EXPECT_FALSE(is_recorded({a, b}));
  };
  expect_none(constant, constant);
  {
    const at::NoGradGuard none;
    expect_none(x, y);
  }
  {
    const c10::InferenceMode inference;
    expect_none(x, y);
    expect_none(x * 1, y);
  }
  EXPECT_TRUE(is_recorded({at::Tensor(), constant, x}));
}

TEST(Tape, ReadsTensorsOfInferenceMode) {
  const auto x = leaf({2, 3});
  at::Tensor y;
  {
    const c10::InferenceMode inference;
    y = at::tensor({5.0, -7.0}, at::kDouble);
  }
  EXPECT_TRUE(grad({product_and_sum(x, y)[0].sum()}, {x})[0].equal(at::tensor({5.0, -7.0}, at::kDouble)));
}

TEST(Tape, DropsItsValuesWithTheGraphAndAfterTheBackwardPass) {
  const auto x = leaf({2, 3}), y = leaf({5, -7});
  const auto alive = std::make_shared<int>();
  for (int i = 0; i < 100; ++i) product_and_sum(x, y, alive);  // graphs that nobody goes through
  EXPECT_EQ(alive.use_count(), 1);
  const auto out = product_and_sum(x, y, alive);
  EXPECT_EQ(alive.use_count(), 2);
  grad({out[0].sum()}, {x}, {}, /*retain_graph=*/true);
  EXPECT_EQ(alive.use_count(), 2);
  grad({out[0].sum()}, {x});
  EXPECT_EQ(alive.use_count(), 1);
}

TEST(Tape, AnInputThatLaterDependsOnTheOutputMakesNoCycle) {
  const auto alive = std::make_shared<int>();
  {
    auto x = leaf({2, 3}) * 1;
    x.mul_(product_and_sum(leaf({5, -7}), x, alive)[1]);
    EXPECT_EQ(alive.use_count(), 2);
  }
  EXPECT_EQ(alive.use_count(), 1);
}

TEST(Tape, LongGraphsAreDeletedWithoutRecursion) {
  auto x = leaf({2, 3});
  for (int i = 0; i < 200000; ++i) x = record(x.detach(), {x}, {}, [](const Gradients& of) { return Tensors{of[0]}; });
}

TEST(Tape, RefusesGradientsOfGradients) {
  const auto x = leaf({2, 3}), y = leaf({5, -7});
  const auto of_x = grad({product_and_sum(x, y)[0].square().sum()}, {x}, {}, true, /*create_graph=*/true)[0];
  EXPECT_TRUE(of_x.detach().allclose((2 * x * y * y).detach()));
  for (const auto& again : {x, y})
    EXPECT_NE(error_of([&] { grad({of_x.sum()}, {again}, {}, true); }).find("cannot be differentiated once more"),
              std::string::npos);
  // What does not go through such a gradient stays right, even where another part of the graph holds one.
  const auto of_both = grad({product_and_sum(x, y)[1].sum() + (x * x * x).sum()}, {x}, {}, true, true)[0];
  EXPECT_TRUE(of_both.detach().allclose((1 + 3 * x * x).detach()));
}

TEST(Tape, RefusesASecondPassThroughAGraphThatWasNotRetained) {
  const auto x = leaf({2, 3}), y = leaf({5, -7});
  const auto out = product_and_sum(x, y);
  grad({out[0]}, {x}, {at::ones_like(x)});
  EXPECT_NE(error_of([&] { grad({out[0]}, {x}, {at::ones_like(x)}); }).find("was not retained"), std::string::npos);
}

TEST(Tape, RefusesValuesThatWereChangedInPlace) {
  const auto change = [](const std::function<void(at::Tensor&, at::Tensor&, Tensors&)>& work) {
    auto x = leaf({2, 3}), y = leaf({5, -7}) * 1;
    auto out = product_and_sum(x, y);
    {
      const at::NoGradGuard none;
      work(x, y, out);
    }
    return error_of([&] { grad({out[0].sum() + out[1].sum()}, {x}); });
  };
  const std::string changed = "was changed in place";
  EXPECT_NE(change([](at::Tensor& x, at::Tensor&, Tensors&) { x.add_(1); }).find(changed), std::string::npos);
  EXPECT_NE(change([](at::Tensor&, at::Tensor& y, Tensors&) { y.add_(1); }).find(changed), std::string::npos);
  EXPECT_NE(change([](at::Tensor&, at::Tensor&, Tensors& out) { out[0].add_(1); }).find(changed), std::string::npos);
  EXPECT_EQ(change([](at::Tensor&, at::Tensor&, Tensors& out) { out[1].add_(1); }), "no error");  // not read
}

TEST(Tape, OutputsMayBeChangedInPlaceWithGradients) {
  const auto x = leaf({2, 3}), y = leaf({5, -7});
  auto sum = product_and_sum(x, y)[1];
  sum.mul_(3);
  EXPECT_TRUE(grad({sum.sum()}, {x})[0].equal(at::full_like(x, 3)));
}

TEST(Tape, RecomputesForTheBackwardPassWithTheSameBits) {
  const auto x = leaf({2, 3}), y = leaf({5, -7}), constant = leaf({1, 4}).detach();
  int computed = 0;
  const auto function = [&](const Tensors& in) {
    ++computed;
    return (in[0] * in[1]).exp() * in[2] + in[0];
  };
  const Tensors inputs{x, y, constant};
  const auto out = recomputed(function, inputs);
  EXPECT_EQ(computed, 1);
  const auto of = grad({out.sum()}, {x, y}), expected = grad({function(inputs).sum()}, {x, y});
  EXPECT_EQ(computed, 3);
  EXPECT_TRUE(of[0].equal(expected[0]) && of[1].equal(expected[1]));
  EXPECT_TRUE(grad({recomputed(function, inputs).sum()}, {y})[0].equal(expected[1]));
}

TEST(Tape, WorksOnADevice) {
  const auto device = test::stand_in();
  const auto x = leaf({2, 3}), y = leaf({5, -7});
  const auto out = product_and_sum(x.to(device), y.to(device));
  EXPECT_EQ(out[0].device(), device);
  const auto of = grad({out[0].sum()}, {x, y});  // zeros for the other output are made there
  EXPECT_TRUE(of[0].equal(y.detach()) && of[1].equal(x.detach()));
}

}  // namespace
}  // namespace treewalk
