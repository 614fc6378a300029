// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "core/scene/scene_options.h"

namespace treewalk {

/// How far points may lie from each other to be seen together. Lengths in the cloud's unit.
struct Reach {
  double gap;       ///< side of the cubes by which points are grouped
  double extent;    ///< longest side of what is seen at once
  double margin;    ///< around a part that is cut out of something larger
  double leaf = 0;  ///< what is shorter than this is a place without a shape
};

/// label_reach: of the model (label_reach in core/network/reach.h). Where 8,192 leaf cells are eight times as long,
/// they are gap and extent, over which positions are exact (point_step), and the reach is the margin, so that no label
/// depends on where a cloud is cut. Else 16,384 leaf cells for the gap and 65,536 for the extent, over which float32
/// still resolves 1/256 of a cell; two of the coarsest cells for the margin, or an eighth of the extent where that is
/// less. Clouds that are normalised, and so have cells of their own size, are never divided.
Reach reach_of(const SceneOptions& options, double label_reach = std::numeric_limits<double>::infinity());

/// Points that are seen together.
struct CloudPart {
  std::vector<std::int32_t> point;  ///< ascending; none: the part is the whole cloud
  std::vector<std::uint8_t> own;    ///< of each of them 1, or 0 in the margin: another part's. None: all are its own
  std::size_t group = 0;            ///< which group it is a part of; parts of one come one after the other
};

struct CloudParts {
  std::vector<CloudPart> part;
  std::vector<std::int32_t> stray;  ///< ascending: points of no part
  bool whole() const { return part.front().point.empty(); }
};

/// Divides a cloud into what can be seen together. Cubes of side `gap` whose corners lie at multiples of it and that
/// hold points are joined with those of the 26 cubes around them that do. So points that no more than a gap separates
/// are in one group, and points that more than two gaps along an axis separate are in one only through others between
/// them. The bulk is the group with the most points among those that are no shorter than a leaf, or among all where
/// there is none (of several, that with the first cube by x, then y, then z). Out of reach of it, as strays, are groups
/// shorter than a leaf, however many points they hold; those with fewer than one in 1000 of the cloud's points; and
/// those with fewer than 100 and one in 20. All other groups are parts, the bulk first, then by their numbers of
/// points. A group longer than `extent` is halved in the middle of its longest side until its parts and their margins
/// are not. A cloud no longer than a gap is one part. position [N,3] float32 or float64, finite, on the CPU. Every
/// point is a stray or of one part its own. Time grows with N. The same parts for any order of the points and any
/// number of threads. No points: one part.
CloudParts parts_of(const at::Tensor& position, const Reach& reach);

/// "1 of 800 points, at (0, 0, 0)," or "3 of 800 points, between (0, 0, 0) and (9, 5, 0),": for messages.
std::string count_and_place(const at::Tensor& position, const std::vector<std::int32_t>& point);

}  // namespace treewalk
