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
#include "treewalk/memory.h"

namespace treewalk {
namespace {

constexpr std::int64_t kPointsAtOnce = 1 << 20;  // whose cells are added up at a time

/// A tile as the network sees it.
struct View {
  NetworkInput input;
  Encoding encoding;
  std::vector<at::Tensor> cell;  ///< which of the cloud's cells the scene's are, from the tiling's level up
  at::Tensor point;              ///< [n] int32: which of the cloud's points the scene's are, on the CPU
  CellRuns own;                  ///< the tile's own cells of the tiling's level, as the scene counts them
  CellRuns own_points;
};

/// The runs of `some` within `all`, as places in all of these one after the other.
CellRuns places_in(const CellRuns& all, const CellRuns& some) {
  CellRuns result;
  std::int64_t before = 0;
  auto run = some.begin();
  for (const auto& [begin, end] : all) {
    for (; run != some.end() && run->first < end; ++run)
      result.emplace_back(before + run->first - begin, before + run->second - begin);
    before += end - begin;
  }
  return result;
}

std::vector<at::Tensor> pieces_of(const at::Tensor& rows, const CellRuns& runs) {
  std::vector<at::Tensor> pieces;
  for (const auto& [begin, end] : runs) pieces.push_back(rows.narrow(0, begin, end - begin));
  return pieces;
}

class Sweeping {
 public:
  Sweeping(Run& run, const ScenePoints& cloud, const Tiling& tiling)
      : run_(run),
        network_(run.model.network),
        options_(run.model.recipe.scene),
        cloud_(cloud),
        octree_(*tiling.octree),
        level_(tiling.level),
        steps_(network_.sweeps(tiling.level)),
        x_(options_.levels) {
    run_.watch.start("octree, graph, features");
    coarse_ = coarse_scene();
    const auto position = cloud.points.position.to(run.device);
    whole_.overview = overviews(position, coarse_.zero, options_);
    give_back_memory();
  }

  /// The tile after the upward sweep.
  View upward(const Tile& tile, bool and_down) {
    run_.watch.start("octree, graph, features");
    const auto& seen = and_down ? tile.downward : tile.upward;
    auto part = octree_part(octree_, level_, seen);
    View view;
    view.point = part.point;
    view.own = places_in(seen, tile.own);
    const std::int32_t* first = in(part.octree.level[level_].point);
    for (const auto& [begin, end] : view.own) view.own_points.emplace_back(first[begin], first[end]);
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
    const auto put = [&](const at::Tensor& rows, at::Tensor& of_all) {
      if (!of_all.defined()) of_all = at::empty({octree_.level[level_].size(), rows.size(1)}, rows.options());
      for (std::size_t r = 0; r < view.own.size(); ++r) {
        const auto [from, to] = std::pair(view.own[r], tile.own[r]);
        of_all.narrow(0, to.first, to.second - to.first).copy_(rows.narrow(0, from.first, to.second - to.first));
      }
    };
    put(view.encoding.x[level_], x_[level_]);
    put(view.input.scene.cell[level_], rows_);
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

  /// Labels the tile's own points.
  void downward(View& view, PointLabels& labels) {
    for (int l = level_ + 1; l < options_.levels; ++l) view.encoding.x[l] = x_[l].index_select(0, view.cell[l]);
    network_.advance(run_.weights, view.input, steps_.up.size(), view.input.steps.size(), view.encoding);
    run_.watch.start("labels");
    const auto probability =
        network_.point_probabilities(run_.weights, view.input, view.encoding, run_.model.info.temperature).cpu();
    labels.add(at::cat(pieces_of(probability, view.own_points)), at::cat(pieces_of(view.point, view.own_points)));
  }

 private:
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

PointLabels label_in_tiles(Run& run, const ScenePoints& cloud, const Tiling& tiling) {
  constexpr double kUpward = 0.45;  // of the work
  const auto tiles = static_cast<double>(tiling.tile.size());
  Sweeping sweeping(run, cloud, tiling);
  double done = 0;
  for (const auto& tile : tiling.tile) {
    run.report("upward", run.at(kUpward * done++ / tiles));
    sweeping.keep(tile, sweeping.upward(tile, false));
  }
  sweeping.across();
  give_back_memory();
  PointLabels labels(cloud.points.size(), run.model.network.classes(), run.options.probabilities, 0, c10::kCPU);
  done = 0;
  for (const auto& tile : tiling.tile) {
    run.report("downward", run.at(kUpward + (1 - kUpward) * done++ / tiles));
    auto view = sweeping.upward(tile, true);
    sweeping.downward(view, labels);
  }
  return labels;
}

}  // namespace treewalk
