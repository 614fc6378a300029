// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <vector>

#include "core/inference/labels.h"
#include "core/inference/run.h"
#include "core/scene/point_set.h"

namespace treewalk {

// Clouds that are one object each, seen whole through at most as many points as the recipe says. At least one point, on
// the CPU.

/// The points through which the model sees the object: all of them, or as many as `limit` says (0: all), spread evenly.
/// on_device: the same points, where the result is to be.
PointSet seen_of(const PointSet& points, const PointSet& on_device, int limit);

/// Throws TooLittleMemory where the run's limit is too small for an object of so many points: those that are seen, as a
/// scene; all others in their turn.
void check_memory_of_object(const Run& run, std::int64_t count);

/// Labels of all points; those that were not seen get the mean of the nearest ones that were. given: the category of a
/// model of parts, -1: not known; categories: what the model finds, or the given one, best first; the confidences are
/// yet to be multiplied with the first one's.
PointLabels label_object(Run& run, const PointSet& points, int given, std::vector<ClassScore>& categories);

/// All classes, the most probable first, ties by lower id.
std::vector<ClassScore> classify_object(Run& run, const PointSet& points);

}  // namespace treewalk
