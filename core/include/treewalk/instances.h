// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cstdint>
#include <vector>

#include "treewalk/cloud.h"

namespace treewalk {
/// \addtogroup core
/// @{

/// What is one object; see find_instances.
struct InstanceOptions {
  double distance = 0;     ///< neighbours at most so far apart, in the cloud's units, are of one instance
  std::int64_t least = 1;  ///< points that an instance has at least; smaller ones are left out
  std::int64_t most = 0;   ///< and at most; 0: no limit
  int neighbours = 16;     ///< nearest neighbours within its class that a point is joined to
  int threads = 0;         ///< 0: as many as the machine has cores
};

/// Single objects of labelled points.
struct Instances {
  std::vector<std::int32_t> instance;  ///< [N] number of each point's instance, from 0; -1: none
  std::vector<std::uint32_t> label;    ///< of each instance
  std::vector<std::int64_t> points;    ///< of each instance
};

/// The instances of the classes in `labels`: the connected components of the k-NN graph of each class's points, whose
/// edges go both ways and are not longer than `distance`. They are numbered by class, in the order of `labels`, then
/// larger ones first, then by their first point. Non-finite points are of no instance; an empty cloud has none.
/// Throws Error for options that make no sense and a cloud without x, y and z.
/// \param cloud N points
/// \param label [N] class of each point
/// \param labels the classes to look at
/// \param options distance and sizes
/// \return the number of each point's instance, and of each instance its class and size
TREEWALK_EXPORT Instances find_instances(const CloudView& cloud, const std::vector<std::uint32_t>& label,
                                         const std::vector<std::uint32_t>& labels, const InstanceOptions& options);

/// @}
}  // namespace treewalk
