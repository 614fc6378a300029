// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "core/device/random.h"
#include "core/recipe/strict_json.h"
#include "core/training/sample.h"

namespace treewalk {

constexpr double kPi = 3.14159265358979323846;

/// One entry of the chain.
using Change = std::function<void(Sample&, RandomStream&)>;
/// Reads the value under a change's key. `where` names it in messages, `classes` the recipe's classes in order.
using ChangeReader = Change (*)(const Json& value, const std::string& where, const std::vector<std::string>& classes);

/// Uniform on the unit sphere.
Vector3 random_direction(RandomStream& random);
/// Gamma(shape, 1), shape >= 1.
double random_gamma(RandomStream& random, double shape);

/// The settings of a change: its object, or its one main value written without an object.
StrictObject change_settings(const Json& value, const std::string& where, const std::string& main_key);
double read_probability(StrictObject& settings, double fallback = 1);
/// Two numbers, low <= high, both within the bounds.
std::array<double, 2> read_range(StrictObject& settings, const std::string& key, const std::array<double, 2>& fallback,
                                 double low, double high);

// Selections: augment_select.cpp
Change read_crop(const Json&, const std::string&, const std::vector<std::string>&);
Change read_square(const Json&, const std::string&, const std::vector<std::string>&);
Change read_dropout(const Json&, const std::string&, const std::vector<std::string>&);
Change read_blocks(const Json&, const std::string&, const std::vector<std::string>&);
Change read_forget(const Json&, const std::string&, const std::vector<std::string>&);
Change read_limit(const Json&, const std::string&, const std::vector<std::string>&);
// Moves of the whole cloud and noise: augment_move.cpp
Change read_quantisation(const Json&, const std::string&, const std::vector<std::string>&);
Change read_stretch(const Json&, const std::string&, const std::vector<std::string>&);
Change read_warp(const Json&, const std::string&, const std::vector<std::string>&);
Change read_turn(const Json&, const std::string&, const std::vector<std::string>&);
Change read_roll(const Json&, const std::string&, const std::vector<std::string>&);
Change read_tilt(const Json&, const std::string&, const std::vector<std::string>&);
Change read_mirror(const Json&, const std::string&, const std::vector<std::string>&);
Change read_scale(const Json&, const std::string&, const std::vector<std::string>&);
Change read_scale_z(const Json&, const std::string&, const std::vector<std::string>&);
Change read_jitter(const Json&, const std::string&, const std::vector<std::string>&);
Change read_shift(const Json&, const std::string&, const std::vector<std::string>&);
// Objects on the ground and the ground's own form: augment_objects.cpp, augment_terrain.cpp
Change read_buildings(const Json&, const std::string&, const std::vector<std::string>&);
Change read_vegetation(const Json&, const std::string&, const std::vector<std::string>&);
Change read_slope(const Json&, const std::string&, const std::vector<std::string>&);
Change read_sines(const Json&, const std::string&, const std::vector<std::string>&);
Change read_relief(const Json&, const std::string&, const std::vector<std::string>&);

}  // namespace treewalk
