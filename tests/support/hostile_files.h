// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <atomic>
#include <cstdlib>
#include <new>

#include "tests/support/io_support.h"

/// Files that lie, and what memory they are given. For one file of a program: it replaces operator new.
inline std::atomic<std::size_t> largest_allocation{0};

// All allocations of this program pass here, so that a test can say how large the largest one was.
__attribute__((noinline)) void* operator new(std::size_t size) {
  std::size_t largest = largest_allocation;
  while (size > largest && !largest_allocation.compare_exchange_weak(largest, size)) {
  }
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
__attribute__((noinline)) void operator delete(void* memory) noexcept { std::free(memory); }
__attribute__((noinline)) void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace treewalk {

struct Lie {
  const char* name;
  std::string text;
  const char* says;
};

inline void expect_refused(const std::filesystem::path& file, const Lie& lie) {
  save(file, lie.text);
  largest_allocation = 0;
  const std::string error = error_of([&] { read_cloud(file); });
  EXPECT_NE(error.find(lie.says), std::string::npos) << lie.name << ": " << error;
  EXPECT_EQ(error.rfind(file.string() + ": ", 0), 0u) << error;
  EXPECT_EQ(error.find('\n'), std::string::npos) << error;
  EXPECT_LT(error.size(), 400u) << error;
  EXPECT_LT(largest_allocation, (std::size_t{64} << 10) + 100 * lie.text.size()) << lie.name;
}

}  // namespace treewalk
