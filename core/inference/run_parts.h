// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/geometry/finite_points.h"
#include "core/inference/run.h"
#include "core/scene/point_set.h"

namespace treewalk {

/// Finite points of the cloud. fields: with those that the model reads, else positions alone. A warning is said once.
PointSet read_points(const CloudView& cloud, const FinitePoints& finite, const Run& run, bool fields,
                     std::vector<std::string>& warnings);

/// A part of a cloud that a model sees by itself; at least one point.
struct RunPart {
  PointSet points;
  std::vector<std::int32_t> kept;  ///< place of each in the cloud
  std::vector<std::uint8_t> own;   ///< of each of them 1, or 0 where it is another part's; empty: all are its own
  std::size_t group = 0;           ///< see CloudPart
};

/// Does the work for each part in which the model sees the cloud, the bulk first (parts_of), and warns of points of no
/// part; fate: what becomes of those, as the rest of a sentence. fields: as in read_points. Whether there was any.
bool for_each_part(Run& run, const CloudView& cloud, bool fields, const std::string& fate,
                   std::vector<std::string>& warnings, const std::function<void(RunPart)>& work);

/// What is odd about a model for this cloud, whose size the run has: older features, other units.
void add_warnings_of_model(const Run& run, std::vector<std::string>& warnings);

}  // namespace treewalk
