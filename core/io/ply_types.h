// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <vector>

#include "treewalk/cloud.h"

namespace treewalk {

/// The type that a .ply has for the values of each field: its own, but int for labels where it holds them all, and
/// int, uint or double for integers of 64 bits, the first that holds them all. Throws Error where none does.
std::vector<Scalar> ply_types(const Cloud& cloud);

/// The cloud with its integers of 64 bits as doubles where `types` says double.
Cloud with_doubles(Cloud cloud, const std::vector<Scalar>& types);

}  // namespace treewalk
