// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "core/scene/scene.h"

namespace treewalk {

/// `count` of the points [N,3], spread evenly: every N/count-th along the Morton curve, as ascending indices [count]
/// int32 on the points' device. All of them where there are no more. box: of the points, where the caller knows it; a
/// device's host waits for it otherwise, and for nothing else. Same result for any number of threads and device.
at::Tensor thin(const at::Tensor& position, std::int64_t count, const Bounds* box = nullptr);

/// The chosen points (indices int32) with their fields, origin and viewpoint.
PointSet subset(const PointSet& points, const at::Tensor& chosen);

/// The points, normalised as the options say, in input order. First `frame`: "input" as they are, "principal" turned
/// about their mean so that x, y, z are the principal axes by falling variance, each pointing to where the third moment
/// is positive (a mirror image gets the same axes). Then `normalise`: "none"; "box" to the middle of the box over half
/// its longest side; "sphere" to the mean over the largest distance from it. Normals turn along, `scale` keeps the
/// user's units, and the viewpoint moves along. Points that are all equal are only moved. Everything is computed on the
/// points' device, whose host waits once, for what it keeps: viewpoint, scale and, when given, the box of the result.
/// Same result for any number of threads and device.
PointSet normalised(const PointSet& points, const SceneOptions& options, Bounds* box = nullptr);

}  // namespace treewalk
