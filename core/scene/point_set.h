// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "treewalk/cloud.h"

namespace treewalk {

struct FinitePoints;

/// A cloud on its way into a network: finite points only, relative to an origin that was subtracted in double.
struct PointSet {
  at::Tensor position;                      ///< [N,3] float32, relative to `origin`
  std::array<double, 3> origin{0, 0, 0};    ///< to be added to get the user's coordinates
  std::array<float, 3> viewpoint{0, 0, 0};  ///< sensor origin, relative to `origin`
  /// Optional inputs: "normal" [N,3], "rgb" [N,3] in 0..1, "intensity" [N,1], "returns" [N,2] (which, of how many).
  std::map<std::string, at::Tensor> field;
  double scale = 1;  ///< user's units per unit of `position`, where positions were normalised
  std::int64_t size() const { return position.size(0); }
};

/// How coordinates become positions.
struct PositionOptions {
  std::array<double, 3> scale{1, 1, 1};  ///< of the points (see scaled): the viewpoint is multiplied by it too
  /// Above 0, a power of two: positions are rounded to multiples of it, and the origin is the highest multiple of 4096
  /// steps that no point lies below, so that no position depends on which other points there are while they reach over
  /// less than 2^24 steps.
  double step = 0;
};

/// What a cloud may call the fields from which make_point_set makes an input, all of them.
std::vector<std::string> fields_of_input(const std::string& input);

/// The points on that device.
PointSet to(PointSet points, c10::Device device);

/// The points of `cloud` with three finite coordinates, in the cloud's order, and those of the wanted fields that it
/// has: "normal" from normal_x/y/z or nx/ny/nz; "rgb" from packed rgb or rgba, or from r,g,b or red,green,blue (whole
/// numbers divided by their type's maximum, floats as they are); "intensity"; "returns" from
/// return_number and number_of_returns, both 0 for points of which they say nothing: those with a number of 0 or beyond
/// the count, and only returns with an intensity of 0 (from known_return_number and known_number_of_returns as they
/// are). Field values that are not finite are 0. The origin is 0 on axes where no coordinate is beyond 1000, so there a
/// float32 position keeps its bits; elsewhere it is the minimum rounded down to a whole number. It depends on the
/// finite points only. kept, when given: the cloud's index of each point. missing, when given: the optional fields that
/// the cloud lacks. Throws Error for a missing position or required field, and for an extent that float32 cannot hold.
/// An empty cloud gives an empty set. Same result for any number of threads.
PointSet make_point_set(const CloudView& cloud, const std::vector<std::string>& required,
                        const std::vector<std::string>& optional, std::vector<std::int64_t>* kept = nullptr,
                        std::vector<std::string>* missing = nullptr);

/// The same of some finite points of the cloud, whose order is kept; the origin depends on these only.
PointSet make_point_set(const CloudView& cloud, const FinitePoints& finite, const std::vector<std::string>& required,
                        const std::vector<std::string>& optional, std::vector<std::string>* missing = nullptr,
                        const PositionOptions& how = {});

}  // namespace treewalk
