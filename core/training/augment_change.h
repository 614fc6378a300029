// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/device/random.h"
#include "core/recipe/augment_spec.h"
#include "core/training/sample.h"

namespace treewalk {

constexpr double kPi = 3.14159265358979323846;

/// One entry of the chain.
using Change = std::function<void(Sample&, RandomStream&)>;

/// Uniform on the unit sphere.
Vector3 random_direction(RandomStream& random);
/// Gamma(shape, 1), shape >= 1.
double random_gamma(RandomStream& random, double shape);

// The change that has these settings. Selections: augment_select.cpp
Change change_of(const Crop& set);
Change change_of(const Square& set);
Change change_of(const PointDropout& set);
Change change_of(const EmptyBlocks& set);
Change change_of(const Forget& set);
Change change_of(const Gain& set);
Change change_of(const Limit& set);
// Moves of the whole cloud and noise: augment_move.cpp
Change change_of(const Quantisation& set);
Change change_of(const Stretch& set);
Change change_of(const Warp& set);
Change change_of(const Turn& set);
Change change_of(const Roll& set);
Change change_of(const Tilt& set);
Change change_of(const Mirror& set);
Change change_of(const Scale& set);
Change change_of(const ScaleZ& set);
Change change_of(const Jitter& set);
Change change_of(const Shift& set);
// Objects on the ground, of the classes that they name, and the ground's own form: augment_objects.cpp,
// augment_wires.cpp, augment_terrain.cpp
Change change_of(const Buildings& set, const std::vector<std::string>& classes);
Change change_of(const Vegetation& set, const std::vector<std::string>& classes);
Change change_of(const Wires& set, const std::vector<std::string>& classes);
Change change_of(const Slope& set);
Change change_of(const Sines& set);
Change change_of(const Relief& set);

}  // namespace treewalk
