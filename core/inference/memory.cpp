// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/inference/memory.h"

#include <c10/core/CachingDeviceAllocator.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "core/device/free_memory.h"
#include "core/device/in_out.h"
#include "core/features/feature.h"
#include "core/raster/raster.h"

namespace treewalk {
namespace {

/// Working memory of a tile, measured with tests/benchmark/inference_benchmark on clouds of many densities: so much per
/// point, and for every cell of a level so much and so much per channel.
constexpr double kBytesPerPoint = 150, kBytesPerCell = 300, kBytesPerChannel = 48;
/// Of a point stage, by its layers' sizes: input, two hidden layers and the result live at once.
constexpr double kBytesPerStageChannel = 16;

/// Of a cell that only its moments, normal, neighbours and node are held of, beside its features.
constexpr double kBytesOfHeldCell = 280;

/// Of a cell that becomes part of a cluster: its share in each candidate, and while it is found a row of them.
constexpr double kBytesPerCandidate = 8, kBytesOfMember = 112;
/// Of a node of a cloud in tiles that has clusters: what is kept of it, and its record and moments while they are
/// found.
constexpr double kBytesOfKeptNode = 88, kBytesOfNode = 100;
/// Of one that chooses, beside its shares and features.
constexpr double kBytesOfChoice = 60;
constexpr double kBytesOfSums = 92;  ///< of a CellSums' row

/// Of a cell of the rasters that a feature has at a time: 38 of 1 m, 10 of 1 m, and 16 of 2 m.
constexpr double kBytesOfGround = 160, kBytesOfOpening = 40, kBytesOfWideGround = 64;

/// Different cells within so many hops of a graph of nearest cells, measured with tests/benchmark/linear_benchmark and
/// `treewalk graph --walks 0`: 16 to 60 for 2 and 4 hops over 6 to 16 neighbours, which this is above.
double cells_within(int neighbours, int hops) { return 1 + neighbours * std::pow(hops, 1.6); }

/// Of masked attention's walks and masks, which live as long as a tile: an entry has its column, its parts and, twice
/// while rows are gathered, a value a hop; and a value a head.
double bytes_of_masks(const Recipe& recipe, int level) {
  const auto& kinds = recipe.network.attention;
  if (std::find(kinds.begin(), kinds.end(), "grf") == kinds.end()) return 0;
  const auto& spec = recipe.network.walks;
  const double heads = recipe.network.widths[level] / recipe.network.head_width;
  double entries = cells_within(recipe.scene.neighbours, spec.walks.hops);
  if (spec.walks.entries > 0) entries = std::min<double>(entries, spec.walks.entries);
  double bytes = entries * (2 * 17 + 4 * heads);
  if (spec.walks.symmetric && !spec.factored)
    bytes += cells_within(recipe.scene.neighbours, 2 * spec.walks.hops) * (12 + 4 * heads);
  return bytes;
}

double bytes_of_cell(const Recipe& recipe, int level) {
  double bytes = kBytesPerCell + kBytesPerChannel * recipe.network.widths[level] + bytes_of_masks(recipe, level);
  if (recipe.scene.hierarchy != "octree") bytes += kBytesOfMember + kBytesPerCandidate * (1 + recipe.scene.neighbours);
  return bytes;
}

}  // namespace

std::int64_t base_bytes_per_point(int classes) { return 90 + 4 * classes; }

double highest_cost(const Recipe& recipe) {
  double bytes = bytes_of_point(recipe);
  for (int l = 0; l < recipe.scene.levels; ++l) bytes += bytes_of_cell(recipe, l);
  return bytes;
}

double bytes_of_point(const Recipe& recipe) {
  return kBytesPerPoint + kBytesPerStageChannel * recipe.network.point_stage;
}

double cost_of_object(const Recipe& recipe, std::int64_t points) {
  double bytes = static_cast<double>(points) * bytes_of_point(recipe), cells = 1;
  for (int l = recipe.scene.levels - 1; l >= 0; --l, cells *= std::pow(recipe.scene.branching, 3))
    bytes += std::min(cells, static_cast<double>(points)) * bytes_of_cell(recipe, l);
  return bytes;
}

double bytes_of_points_at_once(const Octree& octree, const Recipe& recipe) {
  const OctreeLevel& leaves = octree.level[0];
  const std::int32_t* first = in(leaves.point);
  std::int64_t most = std::min(octree.order.size(0), kPointsOfPiece);
  for (std::int64_t c = 0; c < leaves.size(); ++c) most = std::max<std::int64_t>(most, first[c + 1] - first[c]);
  return static_cast<double>(most) * bytes_of_point(recipe);
}

double bytes_of_sums(const Octree& octree) { return kBytesOfSums * static_cast<double>(octree.level[0].size()); }

double bytes_of_choice(const Octree& octree, const Recipe& recipe) {
  const auto& scene = recipe.scene;
  const int clusters = levels_of_clusters(scene);
  if (clusters == 0) return 0;
  const auto size = [&](int level) { return static_cast<double>(octree.level[level].size()); };
  double all = 0, most = 0;
  for (int l = 0; l < octree.levels(); ++l) all += kBytesOfNode * size(l);
  for (int l = 0; l < clusters; ++l) {
    const double shares = kBytesPerCandidate * (1 + scene.neighbours);
    double member = kBytesOfChoice + shares * scene.rounds;
    if (scene.hierarchy == "learned") member += 8.0 * (recipe.network.widths[l] + recipe.network.assign_width);
    most = std::max(most, member * size(l) + kBytesOfHeldCell * size(l + 1));
  }
  return all + most;
}

double bytes_kept_below(const Octree& octree, const Recipe& recipe, int level) {
  const double columns =
      cell_columns(recipe.scene, 0) + (recipe.network.point_stage > 0 ? recipe.network.widths[0] : 0);
  const auto leaves = static_cast<double>(octree.level[0].size());
  double x = 0;  // of the network, once the sums have been added up
  for (int l = 0; l < level; ++l) x += 4.0 * recipe.network.widths[l] * static_cast<double>(octree.level[l].size());
  double clusters = 0;
  for (int l = 0; l < octree.levels() && levels_of_clusters(recipe.scene) > 0; ++l)
    clusters += kBytesOfKeptNode * static_cast<double>(octree.level[l].size());
  // A network that chooses has its features while there still are sums, and those of a phase twice.
  if (recipe.scene.hierarchy == "learned") return leaves * (2 * kBytesOfSums + 4 * columns) + 2 * x + clusters;
  return leaves * (kBytesOfSums + 4 * columns) + std::max(leaves * kBytesOfSums, x) + clusters;
}

std::vector<float> cell_costs(const Octree& octree, const Recipe& recipe, int level) {
  std::vector<double> cost;
  for (int l = 0; l <= level; ++l) {
    const OctreeLevel& cells = octree.level[l];
    std::vector<double> above(cells.size(), bytes_of_cell(recipe, l));
    const std::int32_t* first = l > 0 ? static_cast<const std::int32_t*>(in(cells.child)) : nullptr;
    for (std::size_t c = 0; l > 0 && c < above.size(); ++c)
      above[c] = std::accumulate(cost.begin() + first[c], cost.begin() + first[c + 1], above[c]);
    cost = std::move(above);
  }
  return {cost.begin(), cost.end()};
}

double cost_from(const Octree& octree, const Recipe& recipe, int level) {
  double bytes = 0;
  for (int l = level; l < octree.levels(); ++l)
    bytes += static_cast<double>(octree.level[l].size()) * bytes_of_cell(recipe, l);
  return bytes;
}

double cost_above(const Octree& octree, const Recipe& recipe, int level) {
  const double held = kBytesOfHeldCell + 4 * (recipe.network.widths[level] + cell_columns(recipe.scene, level));
  return cost_from(octree, recipe, level + 1) + static_cast<double>(octree.level[level].size()) * held;
}

double raster_bytes(const Recipe& recipe, const at::Tensor& position, const std::array<double, 3>& zero) {
  double fine = 0, wide = 0;
  for (const auto& name : recipe.scene.features) {
    if (name == "ground" || name == "fine_ground") fine += kBytesOfGround;
    if (name == "opening") fine += kBytesOfOpening;
    if (name == "wide_ground") wide += kBytesOfWideGround;
  }
  const auto cells = [&](double size) { return static_cast<double>(cells_over(position, size, zero)); };
  return (fine > 0 ? fine * cells(1) : 0) + (wide > 0 ? wide * cells(2) : 0);
}

std::int64_t free_memory_mb(c10::Device device) {
  if (device.is_cuda()) {
    auto* const memory = c10::getDeviceAllocator(device.type());
    const auto kept = memory->getDeviceStats(device.index());  // LibTorch keeps what it has freed, and uses it first
    const auto all = static_cast<std::size_t>(c10::CachingAllocator::StatType::AGGREGATE);
    const auto unused = kept.reserved_bytes[all].current - kept.allocated_bytes[all].current;
    return (static_cast<std::int64_t>(memory->getMemoryInfo(device.index()).first) + unused) >> 20;
  }
  return free_memory() >> 20;
}

}  // namespace treewalk
