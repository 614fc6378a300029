// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/scratch.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "core/device/public_errors.h"
#include "core/device/scratch.h"
#include "treewalk/memory.h"

namespace treewalk {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMb = 1 << 20;
constexpr std::int64_t kPlenty = 1 << 20;  // in MB

/// A folder on the disk of the tests, gone with this.
class ScratchFolder : public testing::Test {
 protected:
  ScratchFolder() {
    std::string name = (fs::current_path() / "scratch-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~ScratchFolder() override { fs::remove_all(folder_); }
  void SetUp() override {
    if (refused(folder_).find("is itself in memory") != std::string::npos) GTEST_SKIP() << "there is no disk here";
  }

  /// The sentence with which a folder is refused.
  static std::string refused(const fs::path& folder) {
    try {
      const Scratch scratch(folder, kPlenty);
    } catch (const Error& error) {
      EXPECT_FALSE(Scratch::lives());
      return error.what();
    }
    return {};
  }

  fs::path folder_;
};

bool holds(const at::Tensor& tensor) {
  const auto at = reinterpret_cast<std::uintptr_t>(tensor.const_data_ptr());
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    unsigned long begin = 0, end = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx", &begin, &end) == 2 && begin <= at && at < end)
      return line.find("(deleted)") != std::string::npos;  // of a file without a name
  }
  return false;
}

TEST_F(ScratchFolder, LongTensorsAreInFilesWithoutNames) {
  const auto before = at::empty({8 * kMb}, at::kByte);
  {
    const Scratch scratch(folder_, kPlenty);
    EXPECT_TRUE(holds(at::empty({8 * kMb}, at::kByte)));
    EXPECT_TRUE(holds(at::arange(2 * kMb, at::kInt)));
    EXPECT_FALSE(holds(at::empty({kMb}, at::kByte)));
    EXPECT_FALSE(holds(before));
    EXPECT_TRUE(fs::is_empty(folder_));
  }
  EXPECT_FALSE(holds(at::empty({8 * kMb}, at::kByte)));
}

TEST_F(ScratchFolder, WhatFitsStaysInMemory) {
  const Scratch scratch(folder_, kPlenty);
  const InMemory fits;
  { const InMemory inside; }
  EXPECT_FALSE(holds(at::empty({8 * kMb}, at::kByte)));
  bool other = false;
  std::thread([&] { other = holds(at::empty({8 * kMb}, at::kByte)); }).join();
  EXPECT_TRUE(other);  // another thread has its own
}

TEST_F(ScratchFolder, ArraysKeepTheirValuesWhenTheyLeaveTheMemory) {
  at::Tensor numbers;
  const auto expected = at::arange(4 * kMb, at::kInt);
  {
    const Scratch scratch(folder_, kPlenty);
    numbers = expected.clone();
    Scratch::rest();
    EXPECT_TRUE(at::equal(numbers, expected));
    numbers.add_(1);
    Scratch::rest();
  }
  EXPECT_TRUE(at::equal(numbers, expected + 1));  // also when the scratch is gone
}

TEST_F(ScratchFolder, ANewArrayHoldsZeros) {
  const Scratch scratch(folder_, kPlenty);
  auto* array = static_cast<unsigned char*>(Scratch::allocate(5 * kMb + 1));
  ASSERT_NE(array, nullptr);
  for (std::int64_t i = 0; i <= 5 * kMb; i += 4095) ASSERT_EQ(array[i], 0);
  array[5 * kMb] = 1;
  EXPECT_FALSE(Scratch::deallocate(array + 4096));
  EXPECT_TRUE(Scratch::deallocate(array));
  EXPECT_FALSE(Scratch::deallocate(array));
  EXPECT_FALSE(Scratch::deallocate(nullptr));
  EXPECT_EQ(Scratch::allocate(Scratch::kShort - 1), nullptr);
}

TEST_F(ScratchFolder, WithoutOneNothingIsAllocated) {
  EXPECT_EQ(Scratch::allocate(8 * kMb), nullptr);
  EXPECT_FALSE(Scratch::deallocate(this));
}

TEST_F(ScratchFolder, TheProcessStaysNearItsLimit) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer takes memory for every byte";
#endif
  constexpr std::int64_t kNumbers = 64 * kMb;  // of 8 bytes
  const std::int64_t before = resident_memory();
  const Scratch scratch(folder_, before / kMb + 160);
  const auto numbers = at::empty({kNumbers}, at::kLong);
  auto* const number = numbers.mutable_data_ptr<std::int64_t>();
  std::int64_t most = 0;
  for (int pass = 0; pass < 2; ++pass)
    for (std::int64_t i = 0; i < kNumbers; ++i) {
      number[i] += i * 7919 % 1000003;
      if (i % kMb == 0) most = std::max(most, resident_memory());
    }
  // Who looks may be late on a busy machine; all of the array would be 512 MB.
  EXPECT_LE(most, before + 350 * kMb);
  for (std::int64_t i = 0; i < kNumbers; ++i) ASSERT_EQ(number[i], 2 * (i * 7919 % 1000003)) << i;
}

TEST_F(ScratchFolder, AFullDiskIsASentence) {
  const Scratch scratch(folder_, kPlenty);
  EXPECT_GT(scratch.space(), 0);
  EXPECT_EQ(Scratch::failure(), "");
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{static_cast<rlim_t>(6 * kMb), before.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  EXPECT_TRUE(holds(at::empty({5 * kMb}, at::kByte)));
  std::string said;
  try {
    with_public_errors([] { return at::empty({7 * kMb}, at::kByte); });
  } catch (const Error& error) {
    said = error.what();
  }
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(said, "the folder for arrays has no place for 8 MB more: File too large");
  EXPECT_EQ(Scratch::failure(), said);
}

TEST_F(ScratchFolder, FoldersThatCannotHoldArraysAreRefused) {
  const auto file = folder_ / "file";
  std::ofstream(file) << "x";
  EXPECT_EQ(refused(file), "'" + file.string() + "' is no folder for arrays: Not a directory");
  EXPECT_EQ(refused(folder_ / "none"),
            "'" + (folder_ / "none").string() + "' is no folder for arrays: No such file or directory");
  if (fs::is_directory("/dev/shm")) {
    EXPECT_EQ(refused("/dev/shm"),
              "'/dev/shm' is itself in memory, so arrays there would save none: name a folder on a disk");
  }
  const Scratch scratch(folder_, kPlenty);
  try {
    const Scratch second(folder_, kPlenty);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.what(), "'" + folder_.string() + "' cannot hold arrays: another folder does already");
  }
}

}  // namespace
}  // namespace treewalk
