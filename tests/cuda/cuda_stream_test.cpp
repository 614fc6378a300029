// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// What a launch that failed says. Any failure will do: without a driver every call of CUDA is one.
#include <c10/util/Exception.h>
#include <cuda_runtime_api.h>
#include <gtest/gtest.h>

#include <string>
#include <typeinfo>

#include "cuda/stream.h"

namespace treewalk {
namespace {

struct SomeBody {};

TEST(CudaStream, AFailedLaunchIsASentenceWithBodyAndSizes) {
  cudaSetDevice(12345);
  std::string text;
  try {
    check_cuda_launch({typeid(SomeBody).name(), 1000, 8});
  } catch (const c10::Error& error) {
    text = error.what_without_backtrace();
  }
  for (const char* part : {"the GPU did not take treewalk::", "SomeBody", "over 1000 items in 8 blocks of 128 threads"})
    EXPECT_NE(text.find(part), std::string::npos) << part << " in: " << text;
}

}  // namespace
}  // namespace treewalk
