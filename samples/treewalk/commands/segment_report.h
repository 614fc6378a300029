// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <treewalk/session.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "program.h"

/// What `segment` tells of a result.
namespace program {

/// Points and mean confidence of one class in a result.
struct ClassCount {
  std::uint32_t id = 0;
  std::string name, color;
  std::int64_t points = 0;
  double confidence = 0;  ///< sum
};

std::vector<ClassCount> count_classes(const treewalk::Segmentation& result, const treewalk::ModelInfo& info);

/// A table for the terminal. points: of the cloud.
std::string class_table(const std::vector<ClassCount>& counts, std::size_t points);

nlohmann::ordered_json to_json(const treewalk::Segmentation& result, std::int64_t points,
                               const std::vector<ClassCount>& counts, const fs::path& input,
                               const treewalk::ModelInfo& info, double seconds);

}  // namespace program
