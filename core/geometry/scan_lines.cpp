// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <ATen/ops/empty.h>
#include <ATen/ops/index_select.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/device/in_out.h"
#include "core/device/public_errors.h"
#include "core/device/tensor_of.h"
#include "core/geometry/bounds.h"
#include "core/geometry/finite_points.h"
#include "core/geometry/graph_seeds.h"
#include "core/geometry/knn.h"
#include "core/geometry/node_record.h"
#include "core/geometry/tree_checks.h"
#include "treewalk/nn/tree.h"

namespace treewalk::nn {
namespace {

constexpr int kNearest = 4;  // of a node, whether they are seeds: as many nodes to a seed as cells to an octree's cell

void check(const ScanLines& options, std::int64_t points, std::int64_t width) {
  const auto within = [](const char* what, int found, int least, int most) {
    if (found < least || found > most)
      throw Error("scan lines: " + std::string(what) + " must be " + std::to_string(least) + " to " +
                  std::to_string(most) + ", but is " + std::to_string(found));
  };
  within("the number of levels", options.levels, 3, kMostTreeLevels);
  within("the longest run", options.longest, 1, 1 << 20);
  within("the number of siblings", options.neighbours, 1, 64);
  if (!(options.jump > 0 && std::isfinite(options.jump)))
    throw Error("scan lines: the jump must be a number above 0, but is " + std::to_string(options.jump));
  if (width < 1 || points % width != 0)
    throw Error("scan lines: " + std::to_string(points) + " points are no rows of " + std::to_string(width) +
                "; the width must be that of an organised cloud");
}

/// Squares of distances are floats.
void check(const Bounds& box) {
  constexpr double kMost = 1e18;
  for (int a = 0; a < 3; ++a)
    if (box.lower[a] < -kMost || box.upper[a] > kMost)
      throw Error(std::string("scan lines: the cloud reaches beyond 1e18 on axis ") + "xyz"[a] +
                  "; remove the points that are far out");
}

/// Of some nodes: their points added up and their box.
struct Group {
  std::array<double, 3> sum{}, low{}, high{};
  std::int64_t points = 0;

  void add(const Group& other) {
    for (int a = 0; a < 3; ++a) {
      low[a] = points > 0 ? std::min(low[a], other.low[a]) : other.low[a];
      high[a] = points > 0 ? std::max(high[a], other.high[a]) : other.high[a];
      sum[a] += other.sum[a];
    }
    points += other.points;
  }
  double longest_side() const { return std::max({high[0] - low[0], high[1] - low[1], high[2] - low[2]}); }
};

Group group_of(const float* point) {
  const std::array<double, 3> place{point[0], point[1], point[2]};
  return {place, place, place, 1};
}

double distance(const std::array<double, 3>& a, const std::array<double, 3>& b) {
  return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/// The finite points of a cloud, and which run each belongs to.
struct Runs {
  std::vector<std::int32_t> parent;
  std::int64_t count = 0;
  double step = 1;  ///< mean distance between points that follow each other in one
};

Runs runs_of(const std::vector<Group>& point, const std::vector<std::int32_t>& place, std::int64_t width,
             const std::array<double, 3>& viewpoint, const ScanLines& options) {
  Runs runs;
  double steps = 0;
  std::int64_t counted = 0;
  const auto follows = [&](std::size_t i) {
    if (place[i] != place[i - 1] + 1 || place[i] % width == 0) return false;
    const double a = distance(point[i - 1].sum, viewpoint), b = distance(point[i].sum, viewpoint);
    return std::abs(a - b) <= options.jump * std::min(a, b);
  };
  for (std::size_t begin = 0, end = 0; begin < point.size(); begin = end) {
    for (end = begin + 1; end < point.size() && follows(end); ++end, ++counted)
      steps += distance(point[end - 1].sum, point[end].sum);
    const auto length = static_cast<std::int64_t>(end - begin);
    const std::int64_t parts = (length + options.longest - 1) / options.longest;
    for (std::int64_t i = 0; i < length; ++i)
      runs.parent.push_back(static_cast<std::int32_t>(runs.count + i * parts / length));
    runs.count += parts;
  }
  if (steps > 0) runs.step = steps / static_cast<double>(counted);
  return runs;
}

/// [n,3] float32 means.
at::Tensor means_of(const std::vector<Group>& nodes) {
  const auto mean = at::empty({static_cast<std::int64_t>(nodes.size()), 3}, at::kFloat);
  float* to = out(mean);
  for (const auto& node : nodes)
    for (const double sum : node.sum) *to++ = static_cast<float>(sum / static_cast<double>(node.points));
  return mean;
}

/// Of each node the first one that has its place.
std::vector<std::int32_t> first_at_place(const at::Tensor& mean) {
  const float* place = in(mean);
  const auto key = [&](std::int32_t u) { return std::tuple(place[3 * u], place[3 * u + 1], place[3 * u + 2], u); };
  std::vector<std::int32_t> order(mean.size(0)), first(order.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](auto u, auto v) { return key(u) < key(v); });
  for (std::size_t i = 0; i < order.size(); ++i) {
    const bool same = i > 0 && std::equal(place + 3 * order[i], place + 3 * order[i] + 3, place + 3 * order[i - 1]);
    first[order[i]] = same ? first[order[i - 1]] : order[i];
  }
  return first;
}

/// Of each node the seed that it goes to, and how many seeds there are. mean [n,3]: different places.
std::pair<std::vector<std::int32_t>, std::int64_t> nearest_seeds(const at::Tensor& mean) {
  const auto nodes = mean.size(0);
  if (nodes == 1) return {{0}, 1};
  const auto near = knn(mean, static_cast<int>(std::min<std::int64_t>(kNearest, nodes - 1)));
  const Csr graph = unite(to_csr(near, nodes));
  const auto seeds = graph_seeds(graph, hashed_priorities(nodes, c10::kCPU));
  const std::int32_t *offset = in(graph.offset), *column = in(graph.column), *seed = in(seeds.seed);
  const float* place = in(mean);
  std::vector<std::int32_t> number(nodes, -1), parent(nodes);
  for (std::int64_t s = 0; s < seeds.seed.size(0); ++s) number[seed[s]] = static_cast<std::int32_t>(s);
  for (std::int64_t u = 0; u < nodes; ++u) {
    parent[u] = number[u];
    double least = std::numeric_limits<double>::infinity();
    for (auto e = offset[u]; number[u] < 0 && e < offset[u + 1]; ++e) {
      const auto v = column[e];
      if (number[v] < 0) continue;
      double squared = 0;
      for (int a = 0; a < 3; ++a) squared += std::pow(double{place[3 * u + a]} - place[3 * v + a], 2);
      if (squared < least) least = squared, parent[u] = number[v];
    }
  }
  return {std::move(parent), seeds.seed.size(0)};
}

/// The same for nodes of which some may have one place, as where a camera writes 0 for what it does not see: they go to
/// one seed, or they would be so near each other that few of them had a seed beside them.
std::pair<std::vector<std::int32_t>, std::int64_t> seeds_of(const at::Tensor& mean) {
  const auto first = first_at_place(mean);
  std::vector<std::int64_t> different;
  std::vector<std::int32_t> number(first.size());
  for (std::size_t u = 0; u < first.size(); ++u)
    if (first[u] == static_cast<std::int32_t>(u)) {
      number[u] = static_cast<std::int32_t>(different.size());
      different.push_back(static_cast<std::int64_t>(u));
    }
  const auto [parent, count] = nearest_seeds(mean.index_select(0, tensor_of<std::int64_t>(different)));
  std::vector<std::int32_t> of_all;
  for (const auto u : first) of_all.push_back(parent[number[u]]);
  return {std::move(of_all), count};
}

/// A level of these nodes, without their parents.
TreeLevel level_of(const std::vector<Group>& nodes, const at::Tensor& mean, double step, int neighbours) {
  TreeLevel level;
  level.size = static_cast<std::int64_t>(nodes.size());
  const float* place = in(mean);
  for (std::int64_t u = 0; u < level.size; ++u) {
    level.record.insert(level.record.end(), place + 3 * u, place + 3 * u + 3);
    level.record.push_back(static_cast<float>(std::max(nodes[u].longest_side(), step)));
    level.record.insert(level.record.end(), {0, 0, 0, static_cast<float>(nodes[u].points)});
  }
  level.sibling_offset.assign(level.size + 1, 0);
  const auto k = std::min<std::int64_t>(neighbours, level.size - 1);
  if (k < 1) return level;
  const auto near = knn(mean, static_cast<int>(k)).index;
  const std::int32_t* first = in(near);
  level.sibling.assign(first, first + near.numel());
  for (std::int64_t u = 0; u <= level.size; ++u) level.sibling_offset[u] = u * k;
  return level;
}

Tree tree_of(const CloudView& cloud, std::int64_t width, const ScanLines& options) {
  check(options, cloud.size, width);
  auto finite = finite_points(cloud);
  const auto points = single_precision(finite.position);
  if (!finite.kept.empty()) check(bounds_of_points(points.position));
  std::array<double, 3> viewpoint{};
  for (int a = 0; a < 3; ++a) viewpoint[a] = cloud.viewpoint[a] - points.origin[a];
  std::vector<Group> nodes;
  const float* place = in(points.position);
  for (std::size_t i = 0; i < finite.kept.size(); ++i) nodes.push_back(group_of(place + 3 * i));
  const Runs runs = runs_of(nodes, finite.kept, width, viewpoint, options);
  Tree tree;
  for (int l = 0; l < options.levels; ++l) {
    const auto mean = means_of(nodes);
    tree.level.push_back(level_of(nodes, mean, runs.step, options.neighbours));
    auto& level = tree.level.back();
    if (l == 0) level.name = std::move(finite.kept);
    if (l + 1 == options.levels) break;
    std::int64_t count = std::min<std::int64_t>(level.size, 1);
    if (l == 0) {
      level.parent = runs.parent;
      count = runs.count;
    } else if (l + 2 < options.levels && level.size > 1) {
      std::tie(level.parent, count) = seeds_of(mean);
    } else {
      level.parent.assign(level.size, 0);
    }
    std::vector<Group> above(count);
    for (std::int64_t u = 0; u < level.size; ++u) above[level.parent[u]].add(nodes[u]);
    nodes = std::move(above);
  }
  return tree;
}

}  // namespace

Tree scan_line_tree(const CloudView& cloud, std::int64_t width, const ScanLines& options) {
  return with_public_errors([&] { return tree_of(cloud, width, options); });
}

}  // namespace treewalk::nn
