// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/device/pool.h"

#include <ATen/Parallel.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/relu.h>
#include <gtest/gtest.h>
#include <omp.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "core/device/parallel.h"

namespace treewalk {
namespace {

int threads_of_this_process() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word)
    if (word == "Threads:") break;
  int threads = 0;
  status >> threads;
  return threads;
}

// Runs first: nothing has made threads yet.
TEST(Pool, LibraryTeamsAreNeverWoken) {
  ASSERT_EQ(threads_of_this_process(), 1);
  const ThreadCount four(4);
  const auto x = at::ones({1 << 20});  // large enough for LibTorch to share it among threads
  at::relu(x);
  at::mm(at::ones({512, 512}), at::ones({512, 512}));
  EXPECT_EQ(threads_of_this_process(), 1);
  parallel_pieces(64, 1, [&](std::int64_t, std::int64_t, std::int64_t) {
    at::relu(x);
    at::mm(at::ones({512, 512}), at::ones({512, 512}));
  });
  EXPECT_LE(threads_of_this_process(), 4);  // the pool's, and no others
}

TEST(Pool, RunsEachTaskOnce) {
  for (const int threads : {1, 2, 3, 8})
    for (const std::int64_t tasks : {0, 1, 2, 7, 1000}) {
      const ThreadCount count(threads);
      std::vector<std::atomic<int>> runs(tasks);
      run_in_pool(tasks, [&](std::int64_t i) { ++runs[i]; });
      for (const auto& times : runs) EXPECT_EQ(times, 1);
    }
}

TEST(Pool, TakesNoMoreThreadsThanItMay) {
  for (const int threads : {1, 2, 5}) {
    const ThreadCount count(threads);
    std::atomic<int> at_work{0}, most{0};
    run_in_pool(200, [&](std::int64_t) {
      const int now = ++at_work;
      for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
      }
      std::this_thread::yield();
      --at_work;
    });
    EXPECT_LE(most, threads);
  }
}

TEST(Pool, ATaskHasOneThread) {
  const ThreadCount four(4);
  EXPECT_FALSE(in_pool_task());
  run_in_pool(8, [&](std::int64_t) {
    EXPECT_TRUE(in_pool_task());
    EXPECT_EQ(omp_get_max_threads(), 1);
    const auto own = std::this_thread::get_id();
    run_in_pool(8, [&](std::int64_t) { EXPECT_EQ(std::this_thread::get_id(), own); });
  });
  EXPECT_FALSE(in_pool_task());
}

// While every thread of the pool is at work elsewhere, whoever has work does it alone.
TEST(Pool, NobodyWaitsForThreadsThatHaveNotBegun) {
  std::promise<void> release;
  const auto released = release.get_future().share();
  std::atomic<int> held{0};
  constexpr int kMany = 12;  // more than any other test has made
  std::thread other([&] {
    const ThreadCount many(kMany);
    run_in_pool(kMany, [&](std::int64_t) {
      ++held;
      released.wait();
    });
  });
  while (held < kMany) std::this_thread::yield();
  const ThreadCount count(kMany);
  const auto own = std::this_thread::get_id();
  std::atomic<int> done{0};
  run_in_pool(50, [&](std::int64_t) { done += std::this_thread::get_id() == own; });
  EXPECT_EQ(done, 50);
  release.set_value();
  other.join();
}

TEST(Pool, AnExceptionReachesTheCallerAndEndsTheWork) {
  for (const int threads : {1, 4}) {
    const ThreadCount count(threads);
    std::atomic<int> begun{0};
    EXPECT_THROW(run_in_pool(1 << 20,
                             [&](std::int64_t i) {
                               ++begun;
                               if (i == 3) throw std::runtime_error("three");
                             }),
                 std::runtime_error);
    EXPECT_LT(begun, 1 << 20);
    std::atomic<int> later{0};
    run_in_pool(10, [&](std::int64_t) { ++later; });
    EXPECT_EQ(later, 10);
  }
}

TEST(Pool, CallersDoNotDisturbEachOther) {
  std::vector<std::thread> callers;
  std::atomic<std::int64_t> sum{0};
  for (int c = 0; c < 6; ++c)
    callers.emplace_back([&] {
      const ThreadCount three(3);
      for (int turn = 0; turn < 200; ++turn) run_in_pool(17, [&](std::int64_t i) { sum += i; });
    });
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(sum, 6 * 200 * 136);
}

TEST(Pool, AForkedChildHasOneToo) {
  const ThreadCount four(4);
  run_in_pool(64, [](std::int64_t) {});
  const pid_t child = fork();
  if (child == 0) {
    std::atomic<int> done{0};
    run_in_pool(64, [&](std::int64_t) { ++done; });
    _exit(done == 64 ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(ThreadCount, IsOfItsScopeAndThread) {
  at::set_num_threads(3);
  EXPECT_EQ(thread_count(), 3);
  {
    const ThreadCount five(5);
    EXPECT_EQ(thread_count(), 5);
    {
      const ThreadCount two(2);
      EXPECT_EQ(thread_count(), 2);
    }
    EXPECT_EQ(thread_count(), 5);
    EXPECT_EQ(omp_get_max_threads(), 1);
  }
  EXPECT_EQ(thread_count(), 3);
  EXPECT_EQ(omp_get_max_threads(), 3);
}

// Every item once, in ranges of at least the grain but for what is left.
TEST(ParallelRanges, CoverAllItems) {
  for (const int threads : {1, 2, 7})
    for (const std::int64_t items : {0, 1, 9, 100, 1001})
      for (const std::int64_t grain : {1, 10, 5000}) {
        const ThreadCount count(threads);
        std::vector<std::atomic<int>> seen(items);
        parallel_ranges(items, grain, [&](std::int64_t begin, std::int64_t end) {
          EXPECT_LT(begin, end);
          for (; begin < end; ++begin) ++seen[begin];
        });
        for (const auto& times : seen) EXPECT_EQ(times, 1);
      }
}

}  // namespace
}  // namespace treewalk
