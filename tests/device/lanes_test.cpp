// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/device/lanes.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <random>
#include <thread>
#include <vector>

#include "core/attention/row_attention_bodies.h"
#include "core/device/parallel.h"
#include "core/device/threads.h"
#include "tests/support/host_warp.h"
#include "tests/support/support.h"
#include "treewalk/cloud.h"

using namespace treewalk;
using namespace treewalk::test;

namespace {

const c10::Device kCpu{c10::DeviceType::CPU};

/// result[item] = {sum, largest and last of the item's numbers}, channels strided by rank.
struct SumMaxLast {
  static constexpr std::int64_t grain = 4;
  const double* x;
  int width;
  double* result;

  template <class Lanes>
  HD void operator()(std::int64_t item, const Lanes& lanes) const {
    double sum = 0, largest = -INFINITY, last = 0;
    for (int c = lanes.rank(); c < width; c += Lanes::size) {
      sum += x[item * width + c];
      largest = x[item * width + c] > largest ? x[item * width + c] : largest;
      last = x[item * width + c];
    }
    sum = lanes.sum(sum);
    largest = lanes.max(largest);
    last = lanes.broadcast(last, (width - 1) % Lanes::size);
    if (lanes.rank() == 0) {
      result[3 * item] = sum;
      result[3 * item + 1] = largest;
      result[3 * item + 2] = last;
    }
  }
};

struct Double {
  static constexpr std::int64_t grain = 1;
  std::int64_t* x;
  HD void operator()(std::int64_t i) const { x[i] *= 2; }
};

std::vector<double> random_numbers(std::size_t size, int seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> unit(-1, 1);
  std::vector<double> numbers(size);
  for (double& x : numbers) x = unit(random);
  return numbers;
}

}  // namespace

TEST(ParallelFor, VisitsEveryItemOnce) {
  for (const std::int64_t items : {0, 1, 7, 100000}) {
    std::vector<std::int64_t> x(items, 1);
    with_threads([&] { parallel_for(kCpu, items, Double{x.data()}); });
    EXPECT_EQ(x, std::vector<std::int64_t>(items, 4));
  }
}

TEST(ParallelPieces, AreTheSameForAnyNumberOfThreads) {
  with_threads([] {
    std::vector<std::int64_t> begin(4, -1), end(4, -1);
    parallel_pieces(10, 3, [&](std::int64_t p, std::int64_t b, std::int64_t e) { begin[p] = b, end[p] = e; });
    EXPECT_EQ(begin, (std::vector<std::int64_t>{0, 3, 6, 9}));
    EXPECT_EQ(end, (std::vector<std::int64_t>{3, 6, 9, 10}));
  });
  parallel_pieces(0, 3, [](std::int64_t, std::int64_t, std::int64_t) { FAIL(); });
}

TEST(Lanes, AWarpGivesWhatOneLaneGives) {
  for (const int width : {1, 5, 32, 100}) {
    const auto x = random_numbers(6 * width, width);
    std::vector<double> one(18), eight(18), warp(18);
    parallel_for_lanes(kCpu, 6, SumMaxLast{x.data(), width, one.data()});
    run_on_host_warp<8>(6, SumMaxLast{x.data(), width, eight.data()});
    run_on_host_warp<32>(6, SumMaxLast{x.data(), width, warp.data()});
    for (int i = 0; i < 18; ++i) {
      EXPECT_NEAR(one[i], eight[i], 1e-12);
      EXPECT_NEAR(one[i], warp[i], 1e-12);
    }
  }
}

// What CUDA runs, on the CPU: all passes of attention by 8 and by 32 lanes against one lane.
TEST(Lanes, AttentionBodiesGiveTheSameOnAWarp) {
  constexpr int kHeads = 2, kWidth = 12, kRelations = 3, kNodes = 9, kEntries = 45;
  constexpr int kChannels = kHeads * kWidth;
  std::vector<std::int32_t> offset{0}, column, key_offset{0}, key_query, key_entry;
  std::vector<std::uint8_t> relation;
  std::mt19937 random(3);
  for (int row = 0; row < kNodes; ++row) {  // rows of 0, 1, ..., then one that is longer than a warp
    const int entries = row < kNodes - 1 ? row : kEntries;
    for (int e = 0; e < entries; ++e) {
      column.push_back(static_cast<std::int32_t>(random() % kNodes));
      relation.push_back(static_cast<std::uint8_t>(random() % kRelations));
    }
    offset.push_back(static_cast<std::int32_t>(column.size()));
  }
  for (int key = 0; key < kNodes; ++key) {
    for (int row = 0; row < kNodes; ++row)
      for (int e = offset[row]; e < offset[row + 1]; ++e)
        if (column[e] == key) key_query.push_back(row), key_entry.push_back(e);
    key_offset.push_back(static_cast<std::int32_t>(key_query.size()));
  }
  const auto query = random_numbers(kNodes * kChannels, 1), key = random_numbers(kNodes * kChannels, 2);
  const auto value = random_numbers(kNodes * kChannels, 3),
             position = random_numbers(kNodes * kHeads * kEdgeGeometry, 4);
  const auto slope = random_numbers(kRelations * kHeads * kEdgeGeometry, 5),
             bias = random_numbers(kRelations * kHeads, 6);
  const auto output_gradient = random_numbers(kNodes * kChannels, 7);
  const auto geometry_gradient = random_numbers(kNodes * kHeads * kEdgeGeometry, 8);
  std::vector<float> node(kNodes * kNodeRecord), relation_scale{1, 2, 0.5f};
  const auto coordinates = random_numbers(node.size(), 9);
  for (std::size_t i = 0; i < node.size(); ++i) node[i] = i % kNodeRecord == 3 ? 1 : static_cast<float>(coordinates[i]);

  const auto run = [&](const auto& launch) {
    FamilyArrays<double> arrays;
    arrays.queries = arrays.keys = kNodes;
    arrays.heads = kHeads, arrays.features = arrays.width = kWidth, arrays.relations = kRelations;
    arrays.scale = 1 / std::sqrt(double{kWidth});
    arrays.query = query.data(), arrays.key = key.data(), arrays.value = value.data();
    arrays.position_query = position.data(), arrays.relation_slope = slope.data(), arrays.relation_bias = bias.data();
    arrays.node = node.data(), arrays.relation_scale = relation_scale.data(), arrays.relation = relation.data();
    arrays.offset = offset.data(), arrays.column = column.data();
    arrays.key_offset = key_offset.data(), arrays.key_query = key_query.data(), arrays.key_entry = key_entry.data();
    arrays.output_gradient = output_gradient.data(), arrays.geometry_gradient = geometry_gradient.data();
    const std::vector<std::pair<double**, std::size_t>> results{
        {&arrays.output, kNodes * kChannels},
        {&arrays.geometry_sum, position.size()},
        {&arrays.weight, column.size() * kHeads},
        {&arrays.product_gradient, column.size() * kHeads},
        {&arrays.query_gradient, kNodes * kChannels},
        {&arrays.key_gradient, kNodes * kChannels},
        {&arrays.value_gradient, kNodes * kChannels},
        {&arrays.position_gradient, position.size()},
        {&arrays.relation_partial, kRelations * kHeads * kPartial}};
    std::size_t total = 0;
    for (const auto& [pointer, size] : results) total += size;
    std::vector<double> memory(total, -77);
    total = 0;
    for (const auto& [pointer, size] : results) {
      *pointer = memory.data() + total;
      total += size;
    }
    run_forward_bodies<0>(arrays, launch);
    run_backward_bodies<0>(arrays, launch);
    return memory;
  };
  const auto one = run([](std::int64_t items, const auto& body) { parallel_for_lanes(kCpu, items, body); });
  const auto eight = run([](std::int64_t items, const auto& body) { run_on_host_warp<8>(items, body); });
  const auto warp = run([](std::int64_t items, const auto& body) { run_on_host_warp<32>(items, body); });
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_NE(one[i], -77) << i;
    EXPECT_NEAR(one[i], eight[i], 1e-12) << i;
    EXPECT_NEAR(one[i], warp[i], 1e-12) << i;
  }
}

TEST(ParallelTasks, EveryTaskRunsOnceWhateverTheThreads) {
  for (const int threads : {1, 2, 3})
    for (const std::int64_t tasks : {0, 1, 2, 100}) {
      const ThreadCount count(threads);
      std::vector<std::atomic<int>> runs(tasks);
      parallel_tasks(tasks, [&](std::int64_t i) { ++runs[i]; });
      for (const auto& of_one : runs) EXPECT_EQ(of_one, 1);
    }
}

TEST(ParallelTasks, OnlyASingleTaskHasAllThreads) {
  const ThreadCount count(2);
  for (const std::int64_t tasks : {1, 2})
    parallel_tasks(tasks, [&](std::int64_t) { EXPECT_EQ(in_pool_task(), tasks > 1); });
}

TEST(ParallelTasks, AnErrorIsThrownAndEndsTheRest) {
  const ThreadCount count(2);
  std::atomic<int> started{0};
  EXPECT_THROW(parallel_tasks(10000,
                              [&](std::int64_t i) {
                                ++started;
                                if (i == 3) throw Error("no more");
                                std::this_thread::sleep_for(std::chrono::microseconds(100));
                              }),
               Error);
  EXPECT_LT(started, 5000);
}
