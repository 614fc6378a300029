// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Usage: device_benchmark [cpu|cuda|cuda:i|stand_in [points = 1000000 [repeats = 9 [JSON]]]]
//
// What one cloud takes on a device, stage by stage: its median, the bytes that it must move and the share of the speed
// of a copy that it reached, the CPU's time and whether the results are the CPU's, and the time of what one would use
// there instead: LibTorch's cdist and topk, sparse products and scaled_dot_product_attention. JSON: a file for a line
// of each. The status is 1 where a stage failed or gave something else than the CPU.
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "core/device/devices.h"
#include "tests/benchmark/device_stages.h"
#include "treewalk/cloud.h"

using namespace treewalk;

int main(int count, char** arguments) {
  try {
    const auto device = device_named(count > 1 ? arguments[1] : "cpu");
    const std::int64_t points = count > 2 ? std::atoll(arguments[2]) : 1000000;
    if (points < 1000) throw Error("device_benchmark needs 1000 points or more");
    DeviceSides sides(device, count > 3 ? std::max(1, std::atoi(arguments[3])) : 9, count > 4 ? arguments[4] : nullptr);
    {
      const c10::InferenceMode inference;
      BothSides<SurfaceGraph> surface;
      sides.group("structures", [&] { structure_stages(sides, points, surface); });
      sides.group("attention", [&] { attention_stages(sides, surface); });
      sides.group("walks and masks", [&] { mask_stages(sides, surface); });
      surface = {};
      sides.group("networks", [&] { network_stages(sides, points, TREEWALK_SHIPPED_MODELS); });
    }
    sides.group("training", [&] { training_stages(sides, points, TREEWALK_RECIPES); });
    if (!sides.passed())
      std::printf("failed: a stage did not run, or has not the CPU's results\n");
    else
      std::printf("all stages ran%s\n", device.is_cpu() ? "" : ", and have the CPU's results");
    return sides.passed() ? 0 : 1;
  } catch (const std::exception& error) {
    const std::string text = error.what();
    std::printf("device_benchmark: %s\n", text.substr(0, text.find('\n')).c_str());
    return 1;
  }
}
