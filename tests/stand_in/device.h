// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace treewalk::test {

/// A device on the host that stands in for a GPU. Its tensors lie in memory that no thread may touch, but for
/// LibTorch's operators (which run on copies) and bodies of parallel_for: code that reads a device's tensor as if it
/// were the CPU's ends the program there and then. What would make a GPU's host wait is counted.
c10::Device stand_in();

/// The stand-in, or the GPU where the environment variable TREEWALK_TEST_DEVICE is "cuda": what tests of devices run
/// on.
c10::Device tested_device();
/// Whether what lies on the tested device has the bits of what the CPU has.
bool bits_there(const at::Tensor& there, const at::Tensor& here);
/// The same, but for floating point on a real GPU, whose functions round otherwise and which multiplies and adds in
/// one: there within 1e-6, relative or absolute.
bool same_there(const at::Tensor& there, const at::Tensor& here);

/// What has passed between host and stand-in since the last reset.
struct Traffic {
  std::vector<std::string> waits;  ///< copies to the host, and operators that look at values, by name
  std::int64_t to_device = 0;      ///< copies from the host
  std::int64_t to_device_bytes = 0, to_host_bytes = 0;
};
Traffic traffic();
void reset_traffic();
/// Whether anything is counted: not on a real GPU.
bool counts_traffic();
/// Whether these are the waits expected, by name and in order. Where nothing is counted, anything is right.
::testing::AssertionResult waits_are(const std::vector<std::string>& found, const std::vector<std::string>& expected);

}  // namespace treewalk::test
