// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <string>
#include <vector>

namespace program {

/// One record of a CSV file as RFC 4180 has it, with its line end: cells with a comma, a quotation mark or a line end
/// in them are quoted.
std::string csv_record(const std::vector<std::string>& cells);

}  // namespace program
