// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <string>
#include <vector>

namespace treewalk::test {

/// A device on the host that stands in for a GPU. Its tensors lie in memory that no thread may touch, but for
/// LibTorch's operators (which run on copies) and bodies of parallel_for: code that reads a device's tensor as if it
/// were the CPU's ends the program there and then. What would make a GPU's host wait is counted.
c10::Device stand_in();

/// What has passed between host and stand-in since the last reset.
struct Traffic {
  std::vector<std::string> waits;  ///< copies to the host, and operators that look at values, by name
  std::int64_t to_device = 0;      ///< copies from the host
  std::int64_t to_device_bytes = 0, to_host_bytes = 0;
};
Traffic traffic();
void reset_traffic();

}  // namespace treewalk::test
