// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "tests/sequoia_reference/batch.h"

namespace treewalk::sequoia_reference {

/// The k nearest nodes as nearest_by_sorting gives them, by treewalk's search, whose time does not grow with the square
/// of the nodes: the release at its best. Distances are exact here and rounded differences of large numbers there, so
/// nodes that are as far as another but for rounding may stand in its place.
at::Tensor nearest_by_tree(const Level& level, std::int64_t k);

}  // namespace treewalk::sequoia_reference
