// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Pooling and unpooling of rows, and who owns which rows: against plain loops, by lanes, and on the stand-in.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <random>
#include <vector>

#include "core/device/parallel.h"
#include "core/network/ops.h"
#include "core/network/owners.h"
#include "core/network/row_ops_kernel.h"
#include "tests/stand_in/device.h"
#include "tests/support/host_warp.h"

namespace treewalk {
namespace {

using test::tested_device;

constexpr int kRows = 40, kChildren = 30, kWidth = 37;

/// Rows of a learned hierarchy: some are empty, some share children, some name a child twice.
Csr some_rows() {
  std::mt19937 random(1);
  std::vector<int> offset{0}, column;
  for (int r = 0; r < kRows; ++r) {
    for (int e = r % 6; e > 0; --e) column.push_back(static_cast<int>(random() % kChildren));
    if (r % 7 == 3) column.push_back(column.back());
    offset.push_back(static_cast<int>(column.size()));
  }
  return {at::tensor(offset, at::kInt), at::tensor(column, at::kInt), kChildren};
}
Csr on(const Csr& rows, c10::Device device) { return {rows.offset.to(device), rows.column.to(device), rows.columns}; }

at::Tensor numbers(std::int64_t rows, std::int64_t columns, int seed) {
  at::manual_seed(seed);
  return at::randint(-8, 8, {rows, columns}, at::kFloat) / 3;  // with ties
}

at::Tensor filled(std::int64_t rows, std::int64_t columns) { return at::full({rows, columns}, -77, at::kFloat); }

at::Tensor gradient_of(const at::Tensor& value, const at::Tensor& probe, const at::Tensor& of) {
  return torch::autograd::grad({(value * probe).sum()}, {of})[0];
}

/// The loss and the gradient of the logits on a device.
std::vector<at::Tensor> cross_entropy_on(c10::Device device, const at::Tensor& logits, const at::Tensor& target,
                                         const Csr& sets) {
  const auto x = logits.to(device).requires_grad_(true);
  const auto there = sets.offset.defined() ? on(sets, device) : Csr{};
  const auto loss = cross_entropy(x, target.to(device), there) * 0.3;
  return {loss.detach().cpu(), torch::autograd::grad({loss}, {x})[0].cpu()};
}

TEST(RowOps, CrossEntropyThereIsTheCpusAndWaitsForNothing) {
  const Csr sets{at::tensor({0, 2, 3, 6}, at::kInt), at::tensor({0, 2, 1, 0, 1, 2}, at::kInt), 4};
  for (const auto type : {at::kFloat, at::kDouble})
    for (const int columns : {4, 7}) {
      at::manual_seed(5);
      const auto logits = at::randn({1500, 4}, type);
      auto target = at::softmax(at::randn({1500, columns}, type), 1);
      target.narrow(0, 0, 100).zero_();
      const auto& own = columns == 7 ? sets : Csr{};
      const auto expected = cross_entropy_on(at::kCPU, logits, target, own),
                 found = cross_entropy_on(tested_device(), logits, target, own);
      EXPECT_NEAR(found[0].item<double>(), expected[0].item<double>(), type == at::kFloat ? 1e-6 : 1e-12);
      EXPECT_TRUE(at::allclose(found[1], expected[1], 1e-4, type == at::kFloat ? 1e-9 : 1e-15));
      const auto nothing = cross_entropy_on(tested_device(), logits, at::zeros_like(target), own);
      EXPECT_EQ(nothing[0].item<double>(), 0);
      EXPECT_EQ(nothing[1].abs().sum().item<double>(), 0);
    }
  const auto x = at::randn({5, 4}).to(tested_device()), target = at::ones({5, 7}).to(tested_device());
  const auto there = on(sets, tested_device());
  test::reset_traffic();
  const auto loss = cross_entropy(x, target, there);
  EXPECT_TRUE(test::waits_are(test::traffic().waits, {}));
  EXPECT_FALSE(loss.is_cpu());
}

TEST(RowOps, PoolAddsGradientsRowByRow) {
  const auto rows = some_rows();
  auto x = numbers(kChildren, kWidth, 1).requires_grad_(true);
  const auto probe = numbers(kRows, 2 * kWidth, 2);
  const auto found = gradient_of(pool_rows(x, rows), probe, x);
  auto expected = at::zeros_like(found);
  auto sum = expected.accessor<float, 2>();
  const auto value = x.detach(), d = probe;
  const auto from = value.accessor<float, 2>(), to = d.accessor<float, 2>();
  const auto offset = rows.offset.accessor<int, 1>(), column = rows.column.accessor<int, 1>();
  for (int r = 0; r < kRows; ++r) {
    const float share = 1.0f / (offset[r + 1] - offset[r]);
    for (int e = offset[r]; e < offset[r + 1]; ++e)
      for (int c = 0; c < kWidth; ++c) sum[column[e]][c] += to[r][kWidth + c] * share;
    for (int c = 0; c < kWidth && offset[r] < offset[r + 1]; ++c) {
      int best = offset[r];
      for (int e = best; e < offset[r + 1]; ++e)
        if (from[column[e]][c] > from[column[best]][c]) best = e;
      sum[column[best]][c] += to[r][c];
    }
  }
  EXPECT_TRUE(at::equal(found, expected));
}

TEST(RowOps, HaveTheCpusBitsOnADevice) {
  const auto rows = some_rows();
  const auto index = at::randint(0, kRows, {100}, at::TensorOptions(at::kInt));
  const auto members = transpose({at::arange(101, at::kInt), index, kRows}).graph;
  const auto run = [&](c10::Device device) {
    auto x = numbers(kChildren, kWidth, 1).to(device).requires_grad_(true);
    const auto pooled = pool_rows(x, on(rows, device));
    const auto unpooled = unpool_rows(pooled, index.to(device), on(members, device));
    return std::vector<at::Tensor>{pooled, unpooled, gradient_of(unpooled, numbers(100, 2 * kWidth, 3).to(device), x)};
  };
  const auto expected = run(at::kCPU);
  test::reset_traffic();
  const auto found = run(tested_device());
  EXPECT_TRUE(test::traffic().waits.empty());
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_TRUE(test::same_there(found[i].detach(), expected[i].detach())) << i;
}

TEST(RowOps, HaveTheSameBitsOnAWarp) {
  const auto rows = some_rows();
  const auto transposed = transpose(rows).graph;
  const auto x = numbers(kChildren, kWidth, 1), d = numbers(kRows, 2 * kWidth, 2);
  const auto ints = [](const at::Tensor& tensor) { return tensor.const_data_ptr<int>(); };
  const auto run = [&](const auto& launch) {
    const at::Tensor pooled = filled(kRows, 2 * kWidth), gradient = filled(kChildren, kWidth);
    const at::Tensor copied = filled(kRows, kWidth), summed = filled(kRows, 2 * kWidth);
    const at::Tensor winner = at::full({kRows, kWidth}, -77, at::kInt), index = rows.column.narrow(0, 0, kRows);
    launch(kRows, PoolRows<float>{x.const_data_ptr<float>(), ints(rows.offset), ints(rows.column), kWidth,
                                  pooled.mutable_data_ptr<float>(), winner.mutable_data_ptr<int>()});
    launch(kChildren,
           PoolRowsGradient<float>{d.const_data_ptr<float>(), ints(rows.offset), ints(winner), ints(transposed.offset),
                                   ints(transposed.column), kWidth, gradient.mutable_data_ptr<float>()});
    launch(kRows, UnpoolRows<float>{x.const_data_ptr<float>(), ints(index), kWidth, copied.mutable_data_ptr<float>()});
    launch(kRows, UnpoolRowsGradient<float>{pooled.const_data_ptr<float>(), ints(rows.offset), ints(rows.column),
                                            2 * kWidth, summed.mutable_data_ptr<float>()});
    return std::vector<at::Tensor>{pooled, winner, gradient, copied, summed};
  };
  const auto one =
      run([](std::int64_t items, const auto& body) { parallel_for_lanes(c10::Device(c10::kCPU), items, body); });
  const auto eight = run([](std::int64_t items, const auto& body) { test::run_on_host_warp<8>(items, body); });
  const auto warp = run([](std::int64_t items, const auto& body) { test::run_on_host_warp<32>(items, body); });
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_TRUE(at::equal(one[i], eight[i])) << i;
    EXPECT_TRUE(at::equal(one[i], warp[i])) << i;
  }
}

TEST(Owners, AreFoundAmongEmptyGroups) {
  const std::vector<int> first{0, 0, 3, 3, 3, 10, 11, 11};
  for (const c10::Device device : {c10::Device(c10::kCPU), tested_device()}) {
    const auto there = at::tensor(first, at::kInt).to(device);
    for (const auto& place :
         std::vector<std::vector<int>>{{}, {0}, {2, 3, 9, 10}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}}) {
      const auto size = static_cast<std::int64_t>(place.size());
      const auto owners = owners_of_places(there, at::tensor(place, at::kInt).to(device));
      const auto group = owners.group.cpu(), offset = owners.members.offset.cpu();
      EXPECT_TRUE(at::equal(owners.members.column.cpu(), at::arange(size, at::kInt)));
      for (std::int64_t i = 0; i < size; ++i) {
        const int g = group[i].item<int>();
        EXPECT_TRUE(first[g] <= place[i] && place[i] < first[g + 1]);
        EXPECT_TRUE(offset[g].item<int>() <= i && i < offset[g + 1].item<int>());
      }
      if (size == first.back()) {
        const auto all = owners_of_rows(there, size);
        EXPECT_TRUE(at::equal(all.group.cpu(), group));
        EXPECT_TRUE(at::equal(all.members.offset.cpu(), offset));
      }
    }
  }
}

}  // namespace
}  // namespace treewalk
