// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <string>

#include "core/network/network.h"
#include "core/recipe/recipe.h"

namespace treewalk {

/// How far from a point, horizontally and in the units of the training data, other points may lie and still have a part
/// in its label or confidence, or in the clusters that it lies in. Infinite: anywhere, because the cloud is normalised,
/// a feature or a block looks at all of it, or walks are drawn at random. A bound that holds for every cloud; most of
/// what matters lies far within it. It is followed through features, siblings (sibling_reach), the rounds in which
/// clusters are chosen, families and their blocks, one after the other.
double label_reach(const Recipe& recipe, const Network& network);

/// The same along any axis, with all of the levels above `level` given, of `level` the moments and planes, which node
/// belongs to which cluster, and what features find of the whole cloud; downward also with what all cells have after
/// the upward sweep. A tile that holds whole cells of `level` and all within these distances is exact, to the bit. Only
/// for recipes that what_sees_whole_clouds has nothing to say of.
struct TileMargins {
  double upward;    ///< around cells of `level`, for what its upward sweep gives them and all below
  double downward;  ///< around points, for their labels
};
TileMargins tile_margins(const Recipe& recipe, const Network& network, int level);

/// Why a network cannot go over a cloud in tiles, as the rest of a sentence; empty: it can.
std::string what_sees_whole_clouds(const Recipe& recipe);

}  // namespace treewalk
