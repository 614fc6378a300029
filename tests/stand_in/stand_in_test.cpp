// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// The stand-in itself: it computes what the CPU does, and finds what a GPU would.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "tests/stand_in/device.h"

namespace treewalk {
namespace {

using test::stand_in;

TEST(StandIn, ComputesWhatTheCpuComputes) {
  const auto a = torch::rand({7, 5}), b = torch::rand({5, 3});
  const auto product = a.to(stand_in()).mm(b.to(stand_in())).relu().narrow(0, 1, 4).t();
  EXPECT_FALSE(product.is_cpu());
  EXPECT_TRUE(torch::equal(product.cpu(), a.mm(b).relu().narrow(0, 1, 4).t()));
  const auto key = torch::randint(0, 9, {50}, torch::kLong);
  const auto [sorted, order] = at::sort(key.to(stand_in()), true, 0, false);
  EXPECT_TRUE(torch::equal(order.cpu(), std::get<1>(at::sort(key, true, 0, false))));
  auto sum = torch::zeros({3}, torch::TensorOptions().device(stand_in()));
  sum.index_add_(0, torch::tensor({0, 2, 2}).to(stand_in()), torch::ones({3}, sum.options()));
  EXPECT_TRUE(torch::equal(sum.cpu(), torch::tensor({1.f, 0.f, 2.f})));
}

TEST(StandIn, DifferentiatesWhatTheCpuDifferentiates) {
  const auto gradient = [](c10::Device device) {
    const auto x = torch::arange(6, torch::kFloat).view({2, 3}).to(device).requires_grad_();
    x.softmax(1).pow(2).sum().backward();
    return x.grad().cpu();
  };
  EXPECT_TRUE(torch::equal(gradient(stand_in()), gradient(torch::kCPU)));
}

TEST(StandIn, CountsWhatTheHostWaitsFor) {
  const auto x = torch::tensor({3, 0, 4}).to(stand_in());
  test::reset_traffic();
  const auto y = x.add(1).cumsum(0);
  EXPECT_TRUE(test::traffic().waits.empty());
  y.cpu();
  x.nonzero();
  x.sum().item<std::int64_t>();
  EXPECT_EQ(test::traffic().waits, (std::vector<std::string>{"copy to the host", "aten::nonzero", "item"}));
  EXPECT_EQ(test::traffic().to_device, 0);
}

TEST(StandInDeathTest, ReadingItsMemoryEndsTheProgram) {
  const auto x = torch::ones({3}).to(stand_in());
  EXPECT_DEATH(std::printf("%f", static_cast<double>(*x.const_data_ptr<float>())), "");
}

}  // namespace
}  // namespace treewalk
