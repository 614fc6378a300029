// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/network/reach.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <variant>
#include <vector>

#include "core/features/feature.h"

namespace treewalk {
namespace {

/// For each of the levels that tiles hold whole cells of, or of all levels, how far from the mean of a cell the points
/// lie that its features depend on; what coarser levels give is known everywhere.
class Reaches {
 public:
  /// planes: of the levels below that one the planes are not known either.
  Reaches(const SceneOptions& options, int levels, int planes, double of_features)
      : siblings_(options.siblings == "tree" ? std::sqrt(2.0) * options.branching : sibling_reach(options)),
        reach_(levels) {
    double side = options.cell_size;
    for (int l = 0; l < levels; ++l, side *= options.branching) side_.push_back(side);
    // The planes of all ancestors, each through its siblings, and what features look at from any point of the cell.
    double through = 0;
    for (int l = levels - 1; l >= 0; --l) {
      if (l < planes) through = std::max(through, across(l) + siblings_ * side_[l] + across(l));
      reach_[l] = std::max(through, across(l) + of_features);
    }
  }

  double of_levels() const { return *std::max_element(reach_.begin(), reach_.end()); }
  double of_points(double of_features) const { return std::max(across(0) + reach_[0], of_features); }

  void operator()(const Pool& step) { read(step.levels.to, step.levels.to - 1); }
  void operator()(const Unpool& step) { read(step.levels.to, step.levels.to + 1); }
  void operator()(const Categorise&) { whole(); }
  void operator()(const Assign&) { whole(); }
  void operator()(const MaskStep&) { whole(); }  // random walks, or all nodes
  void operator()(const FamilyStep& step) {
    const auto before = reach_;
    const auto keys = step.sources();
    for (int l = step.levels.from; l <= std::min(step.levels.to, top()); ++l) {
      double most = before[l] + siblings_ * side_[l];
      for (int k = keys.from; k <= std::min(keys.to, top()); ++k)
        most = std::max(most, across(std::max(k, l)) + before[k]);
      reach_[l] = most;
    }
  }

 private:
  int top() const { return static_cast<int>(reach_.size()) - 1; }
  /// Two points of a cell lie no farther apart, horizontally.
  double across(int level) const { return std::sqrt(2.0) * side_[level]; }
  void read(int to, int from) {
    if (std::max(to, from) > top()) return;
    reach_[to] = std::max(reach_[to], across(std::max(to, from)) + reach_[from]);
  }
  void whole() { std::fill(reach_.begin(), reach_.end(), kWholeCloud); }

  double siblings_;
  std::vector<double> side_, reach_;
};

}  // namespace

double label_reach(const Recipe& recipe, const Network& network) {
  const auto& options = recipe.scene;
  if (options.normalise != "none" || options.points > 0 || options.orientation == "outward") return kWholeCloud;
  if (options.hierarchy != "octree") return kWholeCloud;  // there is a bound, but nobody has worked it out
  double of_features = 0;
  for (const auto& name : options.features) of_features = std::max(of_features, feature(name).reach());
  Reaches reaches(options, options.levels, options.levels, of_features);
  for (const auto& step : network.steps()) std::visit(reaches, step);
  return reaches.of_points(of_features);
}

TileMargins tile_margins(const Recipe& recipe, const Network& network, int level) {
  const auto sweeps = network.sweeps(level);
  Reaches upward(recipe.scene, level + 1, level, 0), downward = upward;
  for (const auto& step : sweeps.up) std::visit(upward, step);
  for (const auto& step : sweeps.down) std::visit(downward, step);
  return {upward.of_levels(), downward.of_points(0)};
}

std::string what_sees_whole_clouds(const Recipe& recipe) {
  for (const auto& name : recipe.scene.features)
    if (!feature(name).sees_parts()) return "its feature \"" + name + "\" looks at all of it";
  if (recipe.scene.orientation == "outward") return "its normals point away from the middle of it";
  if (recipe.scene.hierarchy != "octree") return "its clusters are found over all of it";
  for (const auto& kind : recipe.network.attention)
    if (kind != "family") return "its attention \"" + kind + "\" goes over all of it";
  if (recipe.network.order != "up-down") return "its levels attend together";
  if (recipe.network.point_attention) return "its points attend to all levels";
  return {};
}

}  // namespace treewalk
