// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <treewalk/cloud.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

/// What `segment` tells of many files: totals, and a table.
namespace program {

/// Square units of the model (m2 for models in metres) that points cover, seen from above: those of the squares of 2 by
/// 2, with corners at multiples of 2, that hold any of them. scale: of the cloud's units.
double area_of(const treewalk::CloudView& cloud, const std::vector<std::int32_t>& point, double scale);

/// Adds area, density and the mean confidence of the points that have a class to a row of the report.
void add_area(nlohmann::ordered_json& row, double area);

/// Lines for the terminal: files, points, and of each class points, share and mean confidence. seconds: of the run.
std::string totals(const nlohmann::ordered_json& rows, double seconds);

/// One record for each row, below one of names (see docs/program.md).
std::string csv_of(const nlohmann::ordered_json& rows);

}  // namespace program
