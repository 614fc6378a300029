// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/network/reach.h"

#include <algorithm>
#include <cmath>
#include <variant>
#include <vector>

#include "core/features/feature.h"

namespace treewalk {
namespace {

/// For each level, how far from the mean of a cell the points lie that its features depend on.
class Reaches {
 public:
  Reaches(const SceneOptions& options, double of_features) : siblings_(sibling_reach(options)) {
    double side = options.cell_size;
    for (int l = 0; l < options.levels; ++l, side *= options.branching) side_.push_back(side);
    // The planes of all ancestors, each through its siblings, and what features look at from any point of the cell.
    double planes = 0;
    for (int l = options.levels - 1; l >= 0; --l) {
      planes = std::max(planes, across(l) + siblings_ * side_[l] + across(l));
      reach_.insert(reach_.begin(), std::max(planes, across(l) + of_features));
    }
  }

  double of_points(double of_features) const { return std::max(across(0) + reach_[0], of_features); }

  void operator()(const Pool& step) { read(step.levels.to, step.levels.to - 1, across(step.levels.to)); }
  void operator()(const Unpool& step) { read(step.levels.to, step.levels.to + 1, across(step.levels.to + 1)); }
  void operator()(const Categorise&) { whole(); }
  void operator()(const MaskStep&) { whole(); }  // random walks, or all nodes
  void operator()(const FamilyStep& step) {
    const auto before = reach_;
    const auto keys = step.sources();
    for (int l = step.levels.from; l <= step.levels.to; ++l) {
      double most = before[l] + siblings_ * side_[l];
      for (int k = keys.from; k <= keys.to; ++k) most = std::max(most, across(std::max(k, l)) + before[k]);
      reach_[l] = most;
    }
  }

 private:
  /// Two points of a cell lie no farther apart, horizontally.
  double across(int level) const { return std::sqrt(2.0) * side_[level]; }
  void read(int to, int from, double distance) { reach_[to] = std::max(reach_[to], distance + reach_[from]); }
  void whole() { std::fill(reach_.begin(), reach_.end(), kWholeCloud); }

  double siblings_;
  std::vector<double> side_, reach_;
};

}  // namespace

double label_reach(const Recipe& recipe, const Network& network) {
  const auto& options = recipe.scene;
  if (options.normalise != "none" || options.points > 0 || options.orientation == "outward") return kWholeCloud;
  double of_features = 0;
  for (const auto& name : options.features) of_features = std::max(of_features, feature(name).reach());
  Reaches reaches(options, of_features);
  for (const auto& step : network.steps()) std::visit(reaches, step);
  return reaches.of_points(of_features);
}

}  // namespace treewalk
