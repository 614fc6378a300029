// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/features/scene.h"

namespace treewalk {

/// `count` of the points [N,3], spread evenly: every N/count-th along the Morton curve, as ascending indices [count]
/// int32. All of them where there are no more. Same result for any number of threads.
at::Tensor thin(const at::Tensor& position, std::int64_t count);

/// The chosen points (indices int32) with their fields, origin and viewpoint.
PointSet subset(const PointSet& points, const at::Tensor& chosen);

/// The points in the pose that the options ask for, input order. First `frame`: "input" as they are, "principal" turned
/// about their mean so that x, y, z are the principal axes by falling variance, each pointing to where the third moment
/// is positive (a mirror image gets the same frame). Then `normalise`: "none"; "box" to the middle of the box over half
/// its longest side; "sphere" to the mean over the largest distance from it. Normals turn along, `scale` keeps the
/// user's units, and the viewpoint moves along. Points that are all equal are only moved.
PointSet in_pose(const PointSet& points, const SceneOptions& options);

}  // namespace treewalk
