// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/scene/cloud_parts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "core/device/in_out.h"
#include "core/geometry/bounds.h"

namespace treewalk {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr Bounds kNothing{{kInfinity, kInfinity, kInfinity}, {-kInfinity, -kInfinity, -kInfinity}};

using Cube = std::array<std::int64_t, 3>;
using Points = std::vector<std::int32_t>;

/// Whether a group of so many of the cloud's points is too small to be more than errors of measurement.
bool few(std::int64_t points, std::int64_t of) { return points * 1000 < of || (points < 100 && points * 20 < of); }

struct HashOfCube {
  std::size_t operator()(const Cube& cube) const {
    std::uint64_t hash = 0;
    for (const std::int64_t place : cube) {
      hash = (hash ^ static_cast<std::uint64_t>(place)) * 0x9e3779b97f4a7c15u;
      hash ^= hash >> 32;
    }
    return hash;
  }
};

/// Coordinates of a tensor of either type.
class Coordinates {
 public:
  explicit Coordinates(const at::Tensor& position) {
    if (position.scalar_type() == at::kFloat)
      single_ = in(position);
    else
      twice_ = in(position);
  }
  double operator()(std::int64_t point, int axis) const {
    return single_ ? static_cast<double>(single_[3 * point + axis]) : twice_[3 * point + axis];
  }
  void grow(Bounds& box, std::int64_t point) const {
    for (int a = 0; a < 3; ++a) {
      box.lower[a] = std::min(box.lower[a], (*this)(point, a));
      box.upper[a] = std::max(box.upper[a], (*this)(point, a));
    }
  }
  Bounds box(const Points& points) const {
    Bounds box = kNothing;
    for (const auto p : points) grow(box, p);
    return box;
  }

 private:
  const float* single_ = nullptr;
  const double* twice_ = nullptr;
};

/// The cubes that hold points, and which each point lies in.
struct Cubes {
  std::vector<Cube> cube;
  std::unordered_map<Cube, std::int32_t, HashOfCube> number;
  std::vector<std::int32_t> of_point;
};

Cubes cubes_of(const Coordinates& at, std::int64_t size, double side) {
  constexpr double kFarthest = 0x1p62;  // beyond it all is one cube
  Cubes cubes;
  cubes.of_point.resize(size);
  Cube last{};
  std::int32_t number = -1;
  for (std::int64_t p = 0; p < size; ++p) {
    Cube here;
    for (int a = 0; a < 3; ++a)
      here[a] = static_cast<std::int64_t>(std::clamp(std::floor(at(p, a) / side), -kFarthest, kFarthest));
    if (number < 0 || here != last) {
      const auto next = static_cast<std::int32_t>(cubes.cube.size());
      const auto [found, added] = cubes.number.emplace(here, next);
      if (added) cubes.cube.push_back(here);
      number = found->second;
      last = here;
    }
    cubes.of_point[p] = number;
  }
  return cubes;
}

/// Which group each cube is in: joined with all around it.
std::vector<std::int32_t> groups_of(const Cubes& cubes, std::int32_t& groups) {
  std::vector<std::int32_t> group(cubes.cube.size(), -1), reached;
  groups = 0;
  for (std::size_t first = 0; first < group.size(); ++first) {
    if (group[first] >= 0) continue;
    group[first] = groups;
    reached.assign(1, static_cast<std::int32_t>(first));
    while (!reached.empty()) {
      const Cube from = cubes.cube[reached.back()];
      reached.pop_back();
      for (int k = 0; k < 27; ++k) {
        const auto found = cubes.number.find({from[0] + k % 3 - 1, from[1] + k / 3 % 3 - 1, from[2] + k / 9 - 1});
        if (found == cubes.number.end() || group[found->second] >= 0) continue;
        group[found->second] = groups;
        reached.push_back(found->second);
      }
    }
    ++groups;
  }
  return group;
}

struct Group {
  Cube first{std::numeric_limits<std::int64_t>::max()};  ///< least of its cubes
  std::int64_t size = 0;
  Bounds box = kNothing;
  Points point;
};

/// The groups of points, the bulk first. Groups that are out of reach have no points, which are strays then.
std::vector<Group> groups_by_size(const Coordinates& at, const Cubes& cubes, double leaf, Points& stray) {
  std::int32_t count = 0;
  const auto group_of_cube = groups_of(cubes, count);
  std::vector<Group> group(count);
  for (std::size_t c = 0; c < cubes.cube.size(); ++c) {
    Cube& first = group[group_of_cube[c]].first;
    first = std::min(first, cubes.cube[c]);
  }
  const auto size = static_cast<std::int64_t>(cubes.of_point.size());
  for (std::int64_t p = 0; p < size; ++p) {
    Group& own = group[group_of_cube[cubes.of_point[p]]];
    ++own.size;
    at.grow(own.box, p);
  }
  const auto shapeless = [&](const Group& g) { return g.box.longest_side() < leaf; };
  const auto before = [&](const Group& a, const Group& b) {
    if (shapeless(a) != shapeless(b)) return shapeless(b);
    return a.size != b.size ? a.size > b.size : a.first < b.first;
  };
  const auto* const bulk = &*std::min_element(group.begin(), group.end(), before);
  for (std::int64_t p = 0; p < size; ++p) {
    Group& own = group[group_of_cube[cubes.of_point[p]]];
    const bool part = &own == bulk || !(shapeless(own) || few(own.size, size));
    (part ? own.point : stray).push_back(static_cast<std::int32_t>(p));
  }
  std::sort(group.begin(), group.end(), before);
  return group;
}

/// Halves a group until its parts are short enough.
struct Cutter {
  const Coordinates& at;
  const Reach& reach;
  std::vector<CloudPart>& part;
  struct Core {
    std::array<double, 3> low, high;
    bool holds(const Coordinates& at, std::int64_t p, double margin) const {
      for (int a = 0; a < 3; ++a)
        if (!(at(p, a) >= low[a] - margin && at(p, a) < high[a] + margin)) return false;
      return true;
    }
  };

  /// candidates: those in the core and its margin, and maybe more.
  void cut(const Core& core, const Points& candidates) {
    CloudPart here;
    Points own;
    for (const auto p : candidates) {
      if (!core.holds(at, p, reach.margin)) continue;
      here.point.push_back(p);
      here.own.push_back(core.holds(at, p, 0));
      if (here.own.back()) own.push_back(p);
    }
    if (own.empty()) return;
    const Bounds box = at.box(own);
    if (box.longest_side() <= reach.extent - 2 * reach.margin) {
      part.push_back(std::move(here));
      return;
    }
    int axis = 0;
    for (int a = 1; a < 3; ++a)
      if (box.side(a) > box.side(axis)) axis = a;
    double middle = box.lower[axis] / 2 + box.upper[axis] / 2;
    if (!(middle > box.lower[axis])) middle = box.upper[axis];  // nothing lies between such numbers
    Core low = core, high = core;
    low.high[axis] = high.low[axis] = middle;
    cut(low, here.point);
    cut(high, here.point);
  }
};

}  // namespace

Reach reach_of(const SceneOptions& options, double label_reach) {
  if (options.normalise != "none") return {kInfinity, kInfinity, 0};
  const double cell = options.cell_size, exact = 8192 * cell;
  if (8 * label_reach <= exact) return {exact, exact, label_reach, cell};
  const double extent = 65536 * cell;
  return {16384 * cell, extent, std::min(2 * cell * std::pow(options.branching, options.levels - 1), extent / 8), cell};
}

CloudParts parts_of(const at::Tensor& position, const Reach& reach) {
  CloudParts parts;
  const std::int64_t size = position.size(0);
  if (size == 0 || bounds_of_points(position).longest_side() <= reach.gap) return {{{}}, {}};
  const Coordinates at(position);
  const auto groups = groups_by_size(at, cubes_of(at, size, reach.gap), reach.leaf, parts.stray);
  for (const Group& group : groups) {
    if (group.point.empty()) continue;
    const auto first = parts.part.size();
    if (group.box.longest_side() > reach.extent)
      Cutter{at, reach, parts.part}.cut({kNothing.upper, kNothing.lower}, group.point);
    else
      parts.part.push_back({group.point, {}});
    for (auto part = first; part < parts.part.size(); ++part)
      parts.part[part].group = static_cast<std::size_t>(&group - groups.data());
  }
  if (parts.part.size() == 1 && parts.stray.empty()) parts.part = {{}};
  return parts;
}

std::string count_and_place(const at::Tensor& position, const std::vector<std::int32_t>& point) {
  const Bounds box = Coordinates(position).box(point);
  const auto place = [](const std::array<double, 3>& corner) {
    char text[96];
    std::snprintf(text, sizeof text, "(%.10g, %.10g, %.10g)", corner[0], corner[1], corner[2]);
    return std::string(text);
  };
  return std::to_string(point.size()) + " of " + std::to_string(position.size(0)) + " points, " +
         (box.lower == box.upper ? "at " + place(box.lower)
                                 : "between " + place(box.lower) + " and " + place(box.upper)) +
         ",";
}

}  // namespace treewalk
