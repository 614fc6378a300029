// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/inference/sweeps.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/index_select.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "core/device/in_out.h"
#include "core/features/feature.h"
#include "core/scene/normalise.h"

namespace treewalk {
namespace {

constexpr std::int64_t kPointsAtOnce = 1 << 20;  // whose cells are added up at a time

/// A tile as the network sees it. Its own cells of the tiling's level, points and leaves are runs of the scene's.
struct View {
  NetworkInput input;
  Encoding encoding;
  std::vector<at::Tensor> cell;  ///< which of the cloud's cells the scene's are, from the tiling's level up
  at::Tensor point;              ///< [own points] int32: which of the cloud's points they are, on the CPU
  std::int64_t first_cell = 0, first_point = 0;
};

class Sweeping {
 public:
  Sweeping(Run& run, const ScenePoints& cloud, const Tiling& tiling)
      : run_(run),
        network_(run.model.network),
        options_(run.model.recipe.scene),
        cloud_(cloud),
        octree_(*tiling.octree),
        level_(tiling.level),
        steps_(network_.sweeps(tiling.level)) {
    run_.watch.start("octree, graph, features");
    coarse_ = coarse_scene();
    const auto position = cloud.points.position.to(run.device);
    whole_.overview = overviews(position, coarse_.zero, options_);
  }

  /// The tile after the upward sweep.
  View upward(const Tile& tile, bool and_down) {
    run_.watch.start("octree, graph, features");
    const auto& seen = and_down ? tile.downward : tile.upward;
    auto part = octree_part(octree_, level_, seen);
    View view;
    own_of(tile, seen, part, view);
    for (auto& cells : part.cell) view.cell.push_back(cells.defined() ? cells.to(run_.device) : cells);
    const auto points = to(subset(cloud_.points, part.point), run_.device);
    const auto octree = to(std::move(part.octree), run_.device);
    auto scene = make_scene(points, options_, cloud_.placement, &cloud_.box, &octree);
    take_levels(scene, coarse_, level_, view.cell);
    scene = compute_features(std::move(scene), points, options_, whole_);
    run_.watch.start("families");
    auto steps = steps_.up;
    if (and_down) steps.insert(steps.end(), steps_.down.begin(), steps_.down.end());
    view.input = network_.prepare(std::move(scene), std::move(steps));
    run_.watch.start("network");
    view.encoding = network_.begin(run_.weights, view.input);
    network_.advance(run_.weights, view.input, 0, steps_.up.size(), view.encoding);
    return view;
  }

  /// Keeps what the levels above read of the tile's own cells.
  void keep(const Tile& tile, const View& view) {
    const auto own = [&](const at::Tensor& rows) { return rows.narrow(0, view.first_cell, tile.end - tile.begin); };
    if (x_.empty()) x_.resize(options_.levels), rows_ = like(view.input.scene.cell[level_]);
    if (!x_[level_].defined()) x_[level_] = like(view.encoding.x[level_]);
    x_[level_].narrow(0, tile.begin, tile.end - tile.begin).copy_(own(view.encoding.x[level_]));
    rows_.narrow(0, tile.begin, tile.end - tile.begin).copy_(own(view.input.scene.cell[level_]));
  }

  /// Over the levels above.
  void across() {
    run_.watch.start("octree, graph, features");
    const auto none = to(subset(cloud_.points, at::empty({0}, at::kInt)), run_.device);
    auto whole = whole_;
    whole.rows = std::move(rows_);
    auto input = network_.prepare(compute_features(coarse_, none, options_, whole), steps_.across);
    run_.watch.start("network");
    auto encoding = network_.begin(run_.weights, input);
    encoding.x[level_] = x_[level_];
    network_.advance(run_.weights, input, 0, input.steps.size(), encoding);
    x_ = std::move(encoding.x);
  }

  /// Probabilities of the tile's own points, in Morton order.
  at::Tensor downward(View& view) {
    for (int l = level_ + 1; l < options_.levels; ++l) view.encoding.x[l] = x_[l].index_select(0, view.cell[l]);
    network_.advance(run_.weights, view.input, steps_.up.size(), view.input.steps.size(), view.encoding);
    run_.watch.start("labels");
    return network_.point_probabilities(run_.weights, view.input, view.encoding, run_.model.info.temperature,
                                        {view.first_point, view.first_point + view.point.size(0)});
  }

 private:
  at::Tensor like(const at::Tensor& rows) const {
    return at::empty({octree_.level[level_].size(), rows.size(1)}, rows.options());
  }

  /// The levels of the whole cloud from the tiling's up.
  Scene coarse_scene() const {
    const std::int32_t* first = in(octree_.level[level_].point);
    const auto cells = octree_.level[level_].size();
    std::vector<at::Tensor> coordinate, raw;
    for (std::int64_t begin = 0, end = 0; begin < cells; begin = end) {
      for (end = begin + 1; end < cells && first[end + 1] - first[begin] <= kPointsAtOnce;) ++end;
      auto part = octree_part(octree_, level_, {{begin, end}});
      part.octree.level.resize(level_ + 1);
      const auto points = to(subset(cloud_.points, part.point), run_.device);
      auto sums = sums_of_cells(points, to(std::move(part.octree), run_.device), level_, options_, cloud_.placement);
      coordinate.push_back(std::move(sums.coordinate));
      raw.push_back(std::move(sums.raw));
    }
    return scene_of_cells(to(octree_from(octree_, level_), run_.device), level_, {at::cat(coordinate), at::cat(raw)},
                          cloud_.points, options_, cloud_.placement);
  }

  void own_of(const Tile& tile, const CellRuns& seen, const OctreePart& part, View& view) const {
    for (const auto& [begin, end] : seen)
      if (begin < tile.begin) view.first_cell += std::min(end, tile.begin) - begin;
    const std::int32_t* first = in(part.octree.level[level_].point);
    view.first_point = first[view.first_cell];
    view.point =
        part.point.narrow(0, view.first_point, first[view.first_cell + tile.end - tile.begin] - view.first_point);
  }

  Run& run_;
  const Network& network_;
  const SceneOptions& options_;
  const ScenePoints& cloud_;
  const Octree& octree_;
  const int level_;
  const Sweeps steps_;
  Scene coarse_;
  WholeCloud whole_;
  std::vector<at::Tensor> x_;  ///< of the whole cloud, from the tiling's level up: of this alone until across()
  at::Tensor rows_;            ///< the input features of that level
};

}  // namespace

PointLabels label_in_tiles(Run& run, const ScenePoints& cloud, const Tiling& tiling, const Share& share) {
  constexpr double kUpward = 0.45;  // of the work
  const auto tiles = static_cast<double>(tiling.tile.size());
  Sweeping sweeping(run, cloud, tiling);
  double done = 0;
  for (const auto& tile : tiling.tile) {
    run.report("upward", share.at(kUpward * done++ / tiles));
    sweeping.keep(tile, sweeping.upward(tile, false));
  }
  sweeping.across();
  PointLabels labels(cloud.points.size(), run.model.network.classes(), run.options.probabilities, 0, c10::kCPU);
  done = 0;
  for (const auto& tile : tiling.tile) {
    run.report("downward", share.at(kUpward + (1 - kUpward) * done++ / tiles));
    auto view = sweeping.upward(tile, true);
    labels.add(sweeping.downward(view).cpu(), view.point);
  }
  return labels;
}

}  // namespace treewalk
