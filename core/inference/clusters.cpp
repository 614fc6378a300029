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
#include "core/inference/memory.h"
#include "core/inference/memory_limit.h"
#include "core/inference/object.h"
#include "core/inference/run_parts.h"
#include "core/inference/tiles.h"
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

/// [n] int32: of each point, its node of that level. extent: the run's, of a cloud whose cells have a size of their
/// own.
at::Tensor nodes_of(Run& run, const Placed& cloud, int level, bool measured) {
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
    return nodes_above(octree.leaf, parent, level);
  }
  auto scene = make_scene(cloud.points, options, cloud.placement, &cloud.box);
  take_size(scene.octree);
  auto steps = steps_that_choose(network.steps(), level);
  if (steps.empty()) return nodes_above(scene.octree.leaf, scene.hierarchy.parent, level);
  scene = compute_features(std::move(scene), cloud.points, options);
  const auto input = network.prepare(std::move(scene), std::move(steps));
  run.begin("network", 0.4);
  auto encoding = network.begin(run.weights, input);
  network.advance(run.weights, input, 0, input.steps.size(), encoding);
  return nodes_above(input.scene.octree.leaf, encoding.hierarchy.parent, level);
}

/// A scene is seen whole: clusters of tiles would be others at their borders. Of cells alone, only the octree is built.
void check_memory(Run& run, const ScenePoints& cloud, int level) {
  const auto& recipe = run.model.recipe;
  const auto count = cloud.points.size();
  const double limit = static_cast<double>(memory_limit_mb(run) << 20);
  double bytes = keeps_clouds_elsewhere(run) ? 0 : static_cast<double>(count * base_bytes_per_point(0));
  if (!has_cells(recipe.scene, level)) {
    bytes += raster_bytes(recipe, cloud.points.position, cloud.placement.origin);
    if (bytes + static_cast<double>(count) * highest_cost(recipe) <= limit) return;
    const auto octree =
        build_octree(cloud.points.position, scene_grid(cloud.box, recipe.scene, cloud.placement), recipe.scene.levels);
    bytes += cost_from(octree, recipe, 0) + static_cast<double>(count) * bytes_of_point(recipe);
  }
  if (bytes > limit) refuse_memory(run, count, bytes, ", and clusters are found over all of them at once");
}

at::Tensor nodes_of_scene(Run& run, PointSet points, int level) {
  auto cloud = scene_points(std::move(points), run.model.recipe.scene);
  check_memory(run, cloud, level);
  return nodes_of(run, {to(std::move(cloud.points), run.device), cloud.box, cloud.placement}, level, true);
}

/// A point that the model does not see lies where the nearest does that it sees, of several the first.
at::Tensor nodes_of_object(Run& run, const PointSet& points, int level) {
  const auto& options = run.model.recipe.scene;
  check_memory_of_object(run, points.size());
  const auto all = to(points, run.device);
  const auto seen = seen_of(points, all, options.points);
  Placed cloud;
  cloud.points = normalised(seen, options, &cloud.box);
  cloud.placement = default_placement(cloud.points, options);
  const auto node = nodes_of(run, cloud, level, false);
  if (seen.size() == points.size()) return node;
  auto result = at::empty({points.size()}, node.options());
  for (std::int64_t first = 0; first < points.size(); first += kPointsAtOnce) {
    const auto some = std::min(kPointsAtOnce, points.size() - first);
    const auto near = knn(seen.position, all.position.narrow(0, first, some), 1);
    result.narrow(0, first, some).copy_(node.index_select(0, near.index.view(-1)));
  }
  return result;
}

/// Numbers the nodes that hold points from result.count on, in the order of the nodes, and writes them to the points.
void number(const at::Tensor& on_device, const std::vector<std::int32_t>& kept, Clustering& result) {
  const auto nodes = on_device.cpu();
  const std::int32_t* node = in(nodes);
  std::vector<std::uint32_t> of_node;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const auto at = static_cast<std::size_t>(node[i]);
    if (at >= of_node.size()) of_node.resize(at + 1, Clustering::none);
    of_node[at] = 0;
  }
  for (auto& one : of_node)
    if (one != Clustering::none) one = result.count++;
  for (std::size_t i = 0; i < kept.size(); ++i) result.cluster[kept[i]] = of_node[node[i]];
}

void check_level(const Recipe& recipe, int level) {
  const int last = recipe.scene.levels - 1;
  if (level >= 0 && level <= last) return;
  throw Error("there is no level " + std::to_string(level) +
              ": the levels of the model's hierarchy are 0, its leaf cells" +
              (last > 0 ? ", to " + std::to_string(last) : ", alone"));
}

/// Pieces overlap, and a cluster of one is not that of another.
void check_uncut(const Run& run, const RunPart& part) {
  if (part.own.empty()) return;
  const auto reach = reach_of(run.model.recipe.scene, run.model.info.reach);
  char length[32];
  std::snprintf(length, sizeof length, "%.6g", reach.extent / run.options.scale[0]);
  throw Error("the cloud is longer than the " + std::string(length) +
              " that the model sees at once, and clusters are not found in pieces; take a part of the cloud");
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
  const bool any = for_each_part(run, cloud, learned, fate, result.warnings, [&](RunPart part) {
    check_uncut(run, part);
    const auto node =
        scene ? nodes_of_scene(run, std::move(part.points), level) : nodes_of_object(run, part.points, level);
    run.begin("clusters", 0.9);
    number(node, part.kept, result);
  });
  if (any && learned) add_warnings_of_model(run, result.warnings);
  result.stages = run.watch.times();
  if (any) run.report("done", 1);
  return result;
}

}  // namespace treewalk
