// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <vector>

namespace treewalk {

/// A box of the cloud that is taken through a network at once. Points between inner and outer box are seen by several
/// tiles and get a blend of their results.
struct Tile {
  std::array<float, 3> core_low, core_high;  ///< the tiles' cores partition space; outermost sides are infinite
  std::vector<std::int32_t> point;           ///< ascending: points in the core grown by the halo
};

/// Halves the cloud at medians of its longest side until the costs of no tile's points, halo included, sum to more than
/// `most`. position [N,3] float32; cost: of every point, >= 0. One tile without limits when all points together cost no
/// more than that. Throws when the halo makes it impossible.
std::vector<Tile> make_tiles(const at::Tensor& position, const std::vector<float>& cost, double most, float halo);

/// Weight of a point in a tile: 1 from `halo` inside the core's sides on, 0 from `halo` outside, linear between; the
/// weights of two neighbours sum to 1 across their common side.
float tile_weight(const Tile& tile, float halo, const float* position);

}  // namespace treewalk
