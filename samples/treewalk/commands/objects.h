// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <treewalk/cloud.h>
#include <treewalk/session.h>

#include <array>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

/// The single objects of a labelled cloud: what `segment --objects` finds.
namespace program {

struct Object {
  std::uint32_t label = 0;
  std::string name;  ///< of its class, and its number in it
  std::int64_t points = 0;
  std::array<double, 3> lower, upper;  ///< its box
};

struct Objects {
  std::vector<Object> object;
  std::vector<std::uint32_t> number;  ///< [points] from 1, in the order of `object`; 0: of no object

  std::string table() const;
  nlohmann::ordered_json json() const;
  /// Names and colours for a drawing of the numbers.
  treewalk::ModelInfo legend() const;
};

/// label: one for each point. Objects of `labels`: points of one class within `distance` of each other, through any
/// number of points between them; at least `least` of them.
Objects find_objects(const treewalk::CloudView& cloud, const std::vector<std::uint32_t>& label,
                     const std::vector<std::uint32_t>& labels, const treewalk::ModelInfo& info, double distance,
                     std::int64_t least, int threads);

}  // namespace program
