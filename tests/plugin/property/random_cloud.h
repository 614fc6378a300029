// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <random>

#include "tests/plugin/conformance/forms.h"

namespace treewalk::test {

/// The same numbers from a seed on every machine, which the standard's distributions do not promise.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t below(std::uint64_t sides) { return engine_() % sides; }
  bool chance(double probability) { return unit() < probability; }
  double unit() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }
  double between(double low, double high) { return low + (high - low) * unit(); }

 private:
  std::mt19937_64 engine_;
};

/// Organised or not; spread, flat, in a line, at few places or at one; near the origin or far away; with non-finite
/// coordinates in any pattern or without; `is_dense` may lie. Coordinates are floats, whatever form the scene takes.
Scene random_scene(Dice& dice, std::size_t most_points);

/// x, y, z in any order and of either type between fields of any type and count, with gaps.
BlobLayout random_layout(Dice& dice);

/// Some of the points in any order; sometimes none or all.
pcl::Indices random_indices(Dice& dice, std::size_t points);

/// What a filter is told about a cloud.
struct RandomOptions {
  std::optional<pcl::Indices> indices;
  bool negative = false;
  float user_value = 0;
  float min_confidence = 0;
  std::vector<std::uint32_t> classes;  ///< of the fake session's; none: all
};
RandomOptions random_options(Dice& dice, std::size_t points);

/// Runs body(seed) for each of the block's share of TREEWALK_PROPERTY_CLOUDS seeds (by default `clouds` in `blocks`
/// blocks), until one fails; its seed is shown. TREEWALK_PROPERTY_SEED repeats one seed alone.
void for_each_seed(int block, int blocks, int clouds, const std::function<void(std::uint64_t)>& body);

}  // namespace treewalk::test
