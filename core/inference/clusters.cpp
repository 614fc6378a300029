// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/inference/clusters.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/index_select.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <variant>

#include "core/device/in_out.h"
#include "core/features/feature.h"
#include "core/geometry/hierarchy.h"
#include "core/geometry/knn.h"
#include "core/inference/cluster_numbers.h"
#include "core/inference/memory.h"
#include "core/inference/memory_limit.h"
#include "core/inference/object.h"
#include "core/inference/pieces.h"
#include "core/inference/run_parts.h"
#include "core/inference/sweeps.h"
#include "core/inference/tiles.h"
#include "core/inference/whole_clusters.h"
#include "core/scene/cloud_parts.h"
#include "core/scene/normalise.h"
#include "core/scene/scene.h"

namespace treewalk {
namespace {

constexpr std::int64_t kPointsAtOnce = 1 << 16;  // that the model does not see and that find the nearest which it sees

/// Points of a scene or a normalised object on the run's device, and where they lie.
struct Placed {
  PointSet points;
  Bounds box;
  Placement placement;
};

/// Whether the nodes of that level are cells of the octree with whole cells in them.
bool has_cells(const SceneOptions& options, int level) { return options.hierarchy == "octree" || level == 0; }

PointNodes nodes_in(const Octree& octree, int level, at::Tensor node) {
  return {std::move(node), octree.level[level].key, octree.grid};
}

/// Of each point its node of that level. measured: the run gets the cloud's size, where cells have one of their own.
PointNodes nodes_of(Run& run, const Placed& cloud, int level, bool measured) {
  const auto& options = run.model.recipe.scene;
  const auto& network = run.model.network;
  const auto take_size = [&](const Octree& octree) {
    if (measured && !(run.size.extent > 0)) run.size = measure(octree, cloud.box);
  };
  run.begin("octree, graph, features", 0);
  if (has_cells(options, level)) {
    const auto octree =
        build_octree(cloud.points.position, scene_grid(cloud.box, options, cloud.placement), options.levels);
    take_size(octree);
    std::vector<at::Tensor> parent;
    for (const auto& cells : octree.level) parent.push_back(cells.parent);
    return nodes_in(octree, level, nodes_above(octree.leaf, parent, level));
  }
  auto scene = make_scene(cloud.points, options, cloud.placement, &cloud.box);
  take_size(scene.octree);
  auto steps = steps_that_choose(network.steps(), level);
  if (steps.empty())
    return nodes_in(scene.octree, level, nodes_above(scene.octree.leaf, scene.hierarchy.parent, level));
  scene = compute_features(std::move(scene), cloud.points, options);
  const auto input = network.prepare(std::move(scene), std::move(steps));
  run.begin("network", 0.4);
  auto encoding = network.begin(run.weights, input);
  network.advance(run.weights, input, 0, input.steps.size(), encoding);
  const auto& octree = input.scene.octree;
  return nodes_in(octree, level, nodes_above(octree.leaf, encoding.hierarchy.parent, level));
}

/// Cells, and clusters by position, are found over the cloud at once, without a network. octree: of clusters.
void check_memory(const Run& run, std::int64_t points, const Octree* octree) {
  const auto& recipe = run.model.recipe;
  double bytes = 0;
  if (!keeps_clouds_elsewhere(run)) {
    bytes = static_cast<double>(points * base_bytes_per_point(0));
    if (octree)
      bytes += bytes_of_points_at_once(*octree, recipe) + bytes_of_sums(*octree) + bytes_of_choice(*octree, recipe);
  }
  if (bytes > static_cast<double>(memory_limit_mb(run) << 20))
    refuse_memory(run, points, bytes, ", and clusters are found over all of them at once");
}

/// The leaves are worked on in pieces, and what is above them at once.
PointNodes clusters_by_position_of(Run& run, const ScenePoints& cloud, int level) {
  const auto& options = run.model.recipe.scene;
  run.watch.start("octree, graph, features");  // whoever asks what is enough cancels what is reported
  const auto octree =
      build_octree(cloud.points.position, scene_grid(cloud.box, options, cloud.placement), options.levels);
  run.size = measure(octree, cloud.box);
  check_memory(run, cloud.points.size(), &octree);
  const auto sums = sums_of_leaves(run, cloud, octree);
  auto parent = find_by_position(octree, sums, options, cloud.placement, run.device).parent;
  for (std::size_t l = 0; l < parent.size(); ++l)
    if (!parent[l].defined()) parent[l] = octree.level[l].parent;
  return nodes_in(octree, level, nodes_above(octree.leaf, parent, level));
}

PointNodes nodes_of_scene(Run& run, PointSet points, int level) {
  const auto& options = run.model.recipe.scene;
  auto cloud = scene_points(std::move(points), options);
  if (has_cells(options, level)) {
    check_memory(run, cloud.points.size(), nullptr);
  } else if (options.hierarchy == "position") {
    return clusters_by_position_of(run, cloud, level);
  } else {
    const auto tiling = tiles_of(run, cloud);
    if (!tiling.tile.empty()) return nodes_in(*tiling.octree, level, nodes_in_tiles(run, cloud, tiling, level));
  }
  return nodes_of(run, {to(std::move(cloud.points), run.device), cloud.box, cloud.placement}, level, true);
}

/// A point that the model does not see lies where the nearest does that it sees, of several the first.
PointNodes nodes_of_object(Run& run, const PointSet& points, int level) {
  const auto& options = run.model.recipe.scene;
  check_memory_of_object(run, points.size());
  const auto all = to(points, run.device);
  const auto seen = seen_of(points, all, options.points);
  Placed cloud;
  cloud.points = normalised(seen, options, &cloud.box);
  cloud.placement = default_placement(cloud.points, options);
  auto nodes = nodes_of(run, cloud, level, false);
  if (seen.size() == points.size()) return nodes;
  const auto node = nodes.node;
  nodes.node = at::empty({points.size()}, node.options());
  for (std::int64_t first = 0; first < points.size(); first += kPointsAtOnce) {
    const auto some = std::min(kPointsAtOnce, points.size() - first);
    const auto near = knn(seen.position, all.position.narrow(0, first, some), 1);
    nodes.node.narrow(0, first, some).copy_(node.index_select(0, near.index.view(-1)));
  }
  return nodes;
}

void check_level(const Recipe& recipe, int level) {
  const int last = recipe.scene.levels - 1;
  if (level >= 0 && level <= last) return;
  throw Error("there is no level " + std::to_string(level) +
              ": the levels of the model's hierarchy are 0, its leaf cells" +
              (last > 0 ? ", to " + std::to_string(last) : ", alone"));
}

/// Parts of a long cloud have the clusters of the whole where what decides ends within their margins. Cells always do.
void check_uncut(const Run& run, const RunPart& part, int level) {
  const auto& options = run.model.recipe.scene;
  if (part.own.empty() || has_cells(options, level)) return;
  const auto reach = reach_of(options, run.model.info.reach);
  if (reach.margin >= run.model.info.reach) return;
  char length[32];
  std::snprintf(length, sizeof length, "%.6g", reach.extent / run.options.scale[0]);
  throw Error(
      "the cloud is longer than the " + std::string(length) +
      " that the model sees at once, and its clusters depend on too much around them to be found in parts; take "
      "a part of the cloud");
}

}  // namespace

std::vector<Step> steps_that_choose(const std::vector<Step>& steps, int level) {
  std::size_t count = 0;
  for (std::size_t s = 0; s < steps.size(); ++s)
    if (std::holds_alternative<Assign>(steps[s]) && levels_of(steps[s]).from <= level) count = s + 1;
  return {steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(count)};
}

Clustering clusters_of(Run& run, const CloudView& cloud, int level) {
  const auto& recipe = run.model.recipe;
  check_level(recipe, level);
  const bool learned = recipe.scene.hierarchy == "learned" && level > 0, scene = recipe.scene.normalise == "none";
  Clustering result;
  result.cluster.assign(static_cast<std::size_t>(cloud.size), Clustering::none);
  const auto fate = "they are in no cluster (" + std::to_string(Clustering::none) + ")";
  ClusterNumbers numbers(level, result);
  std::size_t group = 0;
  const bool any = for_each_part(run, cloud, learned, fate, result.warnings, [&](RunPart part) {
    check_uncut(run, part, level);
    const auto nodes =
        scene ? nodes_of_scene(run, std::move(part.points), level) : nodes_of_object(run, part.points, level);
    run.begin("clusters", 0.9);
    if (std::exchange(group, part.group) != part.group) numbers.end_group();
    if (part.own.empty())
      numbers.whole(nodes, part.kept);
    else
      numbers.part(nodes, part.kept, part.own);
  });
  numbers.end_group();
  if (any && learned) add_warnings_of_model(run, result.warnings);
  result.stages = run.watch.times();
  if (any) run.report("done", 1);
  return result;
}

}  // namespace treewalk
