// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

namespace treewalk {

/// Columns of a node record: mean position (3), cell size, unit normal (3), number of points.
constexpr int kNodeRecord = 8;

}  // namespace treewalk
