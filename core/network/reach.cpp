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
/// lie that the features of its node depend on; what coarser levels give is known everywhere. A cluster counts as the
/// cell around which it was found.
class Reaches {
 public:
  /// planes: of the levels below that one the planes are not known either. known: of clusters the places and members
  /// are, those of all nodes.
  Reaches(const SceneOptions& options, int levels, int planes, double of_features, bool known)
      : siblings_(options.siblings == "tree" ? std::sqrt(2.0) * options.branching : sibling_reach(options)),
        candidates_(sibling_reach(options)),
        rounds_(options.rounds),
        clusters_(levels_of_clusters(options)),
        known_(known),
        reach_(levels) {
    double side = options.cell_size;
    for (int l = 0; l < levels; ++l, side *= options.branching) side_.push_back(side);
    choice_.assign(levels, 0.0);
    const bool by_position = options.hierarchy == "position";
    const auto moments = moments_of_nodes(by_position);
    // The planes of all ancestors, each through its siblings, and what features look at from any point of the node.
    double through = 0;
    for (int l = levels - 1; l >= 0; --l) {
      const double to_points = by_position ? apart(0, l) + across(0) : across(l);
      if (l < planes) through = std::max(through, std::max(to_points, across(l)) + siblings_ * side_[l] + moments[l]);
      reach_[l] = std::max({through, moments[l], to_points + of_features});
    }
    place_ = reach_;
  }

  double of_levels() const { return *std::max_element(reach_.begin(), reach_.end()); }
  double of_points(double of_features) const {
    double most = reach_[0];  // and of what decides in which clusters they lie
    for (int l = 0; l <= top() && choice_[l] > 0; ++l) most = std::max(most, apart(0, l) + choice_[l]);
    return std::max(across(0) + most, of_features);
  }
  /// Of points that attend to the leaf that they lie in, to its siblings and to all above it.
  double of_attending_points(double of_features) const {
    return std::max(across(0) + around(0, {0, top()}, reach_), of_points(of_features));
  }

  void operator()(const Pool& step) {
    const int to = step.levels.to;
    if (to <= top()) reach_[to] = std::max(reach_[to], link(to) + std::max(reach_[to - 1], choice_[to - 1]));
  }
  void operator()(const Unpool& step) {
    const int to = step.levels.to;
    if (to < top()) reach_[to] = std::max({reach_[to], choice_[to], link(to + 1) + reach_[to + 1]});
  }
  void operator()(const Categorise&) { whole(); }
  void operator()(const MaskStep&) { whole(); }  // random walks, or all nodes
  void operator()(const Assign& step) {
    if (known_) return;
    const int above = step.levels.to, own = above - 1;
    choose(own, std::max(reach_[own], place_[own]), true);
    place_[above] = std::max(place_[above], link(above) + std::max(choice_[own], place_[own]));
    for (int l = above + 1; l <= top(); ++l) place_[l] = std::max(place_[l], apart(above, l) + place_[above]);
  }
  void operator()(const FamilyStep& step) {
    const auto before = reach_;
    for (int l = step.levels.from; l <= std::min(step.levels.to, top()); ++l)
      reach_[l] = std::max(reach_[l], around(l, step.sources(), before));
  }

 private:
  int top() const { return static_cast<int>(reach_.size()) - 1; }
  /// Two points of a cell lie no farther apart, horizontally.
  double across(int level) const { return std::sqrt(2.0) * side_[level]; }
  /// From a node to one of that level that it is a child of: the cell in which it lies, or a candidate beside that.
  double link(int level) const { return across(level) + (level <= clusters_ ? candidates_ * side_[level] : 0); }
  /// From a node to one of its ancestors, or to one of its leaves.
  double apart(int from, int to) const {
    double sum = to > std::max(from, clusters_) ? across(to) : 0;
    for (int l = from + 1; l <= std::min(to, clusters_); ++l) sum += link(l);
    return sum;
  }

  /// Nodes of a level choose clusters: what decides, where so much decides what each of them is. A round leads from a
  /// node over its candidates to all nodes that have these as candidates, too.
  void choose(int level, double node, bool by_features) {
    const double once = link(level + 1), centre = once + across(level + 1);
    choice_[level] = 2 * (rounds_ - 1) * once + (by_features ? centre + node : std::max(centre, node));
  }

  /// For each level, what the moments of its nodes depend on, and by these what decides where they belong.
  std::vector<double> moments_of_nodes(bool by_position) {
    std::vector<double> moments{across(0)};
    for (int l = 1; l <= top(); ++l) {
      moments.push_back(across(l));
      if (!by_position || known_) continue;
      const int below = l <= clusters_ ? l - 1 : clusters_;
      if (l <= clusters_) choose(below, moments[below], false);
      moments[l] = link(l) + std::max(choice_[below], moments[below]);
    }
    return moments;
  }

  /// Of a node of level l that sees its siblings and its family in the sources' levels.
  double around(int l, const LevelRange& sources, const std::vector<double>& before) const {
    const auto node = [&](int k) { return std::max(before[k], place_[k]); };
    double most = siblings_ * side_[l] + node(l);
    for (int k = sources.from; k < l; ++k) most = std::max(most, apart(k, l) + std::max(choice_[k], node(k)));
    for (int k = l + 1; k <= std::min(sources.to, top()); ++k)
      most = std::max({most, apart(l, k - 1) + choice_[k - 1], apart(l, k) + node(k)});
    return most;
  }

  void whole() { std::fill(reach_.begin(), reach_.end(), kWholeCloud); }

  double siblings_, candidates_;
  int rounds_, clusters_;  ///< levels of clusters, above the leaves
  bool known_;
  std::vector<double> side_, reach_;
  std::vector<double> place_;   ///< what the record of a node depends on
  std::vector<double> choice_;  ///< what decides which cluster a node belongs to
};

}  // namespace

double label_reach(const Recipe& recipe, const Network& network) {
  const auto& options = recipe.scene;
  if (options.normalise != "none" || options.points > 0 || options.orientation == "outward") return kWholeCloud;
  double of_features = 0;
  for (const auto& name : options.features) of_features = std::max(of_features, feature(name).reach());
  Reaches reaches(options, options.levels, options.levels, of_features, false);
  for (const auto& step : network.steps()) std::visit(reaches, step);
  return recipe.network.point_attention ? reaches.of_attending_points(of_features) : reaches.of_points(of_features);
}

TileMargins tile_margins(const Recipe& recipe, const Network& network, int level) {
  const auto sweeps = network.sweeps(level);
  const Reaches at_first(recipe.scene, level + 1, level, 0, true);
  TileMargins margins{at_first.of_levels(), 0};
  for (const auto& phase : sweeps.up) {
    auto upward = at_first;
    for (const auto& step : phase.steps) std::visit(upward, step);
    margins.upward = std::max(margins.upward, upward.of_levels());
  }
  auto downward = at_first;
  for (const auto& step : sweeps.down) std::visit(downward, step);
  margins.downward = downward.of_points(0);
  return margins;
}

std::string what_sees_whole_clouds(const Recipe& recipe) {
  for (const auto& name : recipe.scene.features)
    if (!feature(name).sees_parts()) return "its feature \"" + name + "\" looks at all of it";
  if (recipe.scene.orientation == "outward") return "its normals point away from the middle of it";
  for (const auto& kind : recipe.network.attention)
    if (kind != "family") return "its attention \"" + kind + "\" goes over all of it";
  if (recipe.network.order != "up-down") return "its levels attend together";
  if (recipe.network.point_attention) return "its points attend to all levels";
  return {};
}

}  // namespace treewalk
