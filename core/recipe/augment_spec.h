// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace treewalk {

/// Low and high.
using Interval = std::array<double, 2>;

// The settings of the random changes that a recipe's "augment" may name. What each means stands in augment_fields.cpp.
struct Quantisation {
  double half_width = 0.25;
  int axis = 1;
  double probability = 1;
};
struct Stretch {
  Interval range{1, 1};
  bool log = true;
  double probability = 1;
};
struct Warp {
  double amplitude = 0.35;
  Interval frequency{1, 4};
  int terms = 4;
  double probability = 1;
};
struct Turn {
  double angle = 3.14159265358979323846;
  int axis = 2;
  double probability = 1;
};
struct Roll {
  double angle = 3.14159265358979323846;
  double probability = 1;
};
struct Tilt {
  double sigma = 0.2;
  double probability = 1;
};
struct Mirror {
  double probability = 0.5;
  std::string axes = "x";
};
struct Crop {
  double probability = 1;
  std::optional<Interval> ball, half_space;  ///< one: only that; none: both, with their defaults
};
struct Square {
  double points = 8000;
  Interval spread{-1, 1.2};
  std::optional<Interval> half_size;  ///< given: instead of points
  double even = 0;                    ///< share of squares about a class drawn evenly
  double probability = 1;
};
struct PointDropout {
  Interval keep{0.3, 1};
  bool log = false;
  double density = 0;
  double probability = 1;
};
struct EmptyBlocks {
  double share = 0.2;
  double size = 0.04;
  double probability = 1;
};
struct Limit {
  std::int64_t points = 0;
};
struct Forget {
  std::vector<std::string> field{"normal"};
  double probability = 0.5;
};
struct Gain {
  Interval range{1, 1};
  bool log = true;
  double probability = 1;
};
struct Buildings {
  std::string object;  ///< "class"
  std::vector<std::string> ground;
  Interval count{1, 4}, half_size{3, 35}, height{2.5, 15}, pitch{0.2, 0.7};
  double gabled = 0.5, share = 0.4;
  double probability = 1;
};
struct Vegetation {
  std::string object;  ///< "class"
  std::vector<std::string> ground;
  Interval share{0.02, 0.2};
  double lift = 0.7, shape = 1.5, scale = 1.5;
  double probability = 1;
};
struct Wires {
  std::string object;  ///< "class"
  std::vector<std::string> ground;
  Interval count{1, 2}, conductors{1, 6}, height{5, 30}, share{0.2, 1};
  double spacing = 5, sag = 0.03, width = 0.6;
  double probability = 1;
};
struct Scale {
  Interval range{1, 1};
  bool log = false;
  double probability = 1;
};
struct ScaleZ {
  Interval range{1, 1};
  bool log = true;
  double probability = 1;
};
struct Slope {
  std::vector<double> strength;
  double probability = 1;
};
struct Sines {
  double amplitude = 0.04;
  int count = 3;
  Interval wave_length{30, 150};
  double probability = 1;
};
struct Relief {
  double probability = 1;
  Interval count{1, 4}, height{0.7, 8}, gradient{0.3, 2.5}, wave_length{40, 200}, tread{4, 30}, half_crest{0, 6};
  double bend = 12;
  int steps = 6;
  double step_share = 0.3, staircase_share = 0.3;
};
struct Jitter {
  Interval sigma{0, 0};
  double cut = 4;
  double probability = 1;
};
struct Shift {
  double half_width = 0;
  double probability = 1;
};

/// The changes that a chain has, in the order in which they are applied.
struct AugmentSpec {
  std::optional<Quantisation> quantisation;
  std::optional<Stretch> stretch;
  std::optional<Warp> warp;
  std::optional<Turn> turn;
  std::optional<Roll> roll;
  std::optional<Tilt> tilt;
  std::optional<Mirror> mirror;
  std::optional<Crop> crop;
  std::optional<Square> square;
  std::optional<PointDropout> dropout;
  std::optional<EmptyBlocks> blocks;
  std::optional<Limit> limit;
  std::optional<Forget> forget;
  std::optional<Gain> gain;
  std::optional<Buildings> buildings;
  std::optional<Vegetation> vegetation;
  std::optional<Wires> wires;
  std::optional<Scale> scale;
  std::optional<ScaleZ> scale_z;
  std::optional<Slope> slope;
  std::optional<Sines> sines;
  std::optional<Relief> relief;
  std::optional<Jitter> jitter;
  std::optional<Shift> shift;
};

}  // namespace treewalk
