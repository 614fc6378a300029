// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/inference/sweeps.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/index_select.h>

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "core/device/in_out.h"
#include "core/device/scratch.h"
#include "core/features/feature.h"
#include "core/inference/memory.h"
#include "core/scene/normalise.h"
#include "treewalk/memory.h"

namespace treewalk {
namespace {

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

/// The rows of the runs, one after the other.
at::Tensor rows_of(const at::Tensor& rows, const CellRuns& runs) {
  std::vector<at::Tensor> pieces;
  for (const auto& [begin, end] : runs) pieces.push_back(rows.narrow(0, begin, end - begin));
  return pieces.size() == 1 ? pieces[0] : at::cat(pieces);
}

/// What leaves have of their points alone. The cloud's: on the CPU.
struct Leaves {
  CellSums sums;
  at::Tensor rows;       ///< input features, where they need nothing else
  at::Tensor of_points;  ///< PointStage::of_leaves
};

/// work(to, from) for each of the tensors, which may be undefined.
template <class Work>
void for_each_tensor(Leaves& to, const Leaves& from, const Work& work) {
  work(to.sums.coordinate, from.sums.coordinate);
  work(to.sums.raw, from.sums.raw);
  work(to.rows, from.rows);
  work(to.of_points, from.of_points);
}

/// The lowest level whose cells these steps read as families, or `otherwise` where none lies below.
int first_family(const std::vector<Step>& steps, int otherwise) {
  int first = otherwise;
  for (const auto& step : steps)
    if (const auto* const family = std::get_if<FamilyStep>(&step)) first = std::min(first, family->sources().from);
  return first;
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
        families_(first_family(steps_.down, std::min(tiling.level + 1, options_.levels - 1))),
        none_(to(subset(cloud.points, at::empty({0}, at::kInt)), run.device)),
        x_(options_.levels) {
    run_.watch.start("octree, graph, features");
    whole_.overview = overviews(cloud.points.position.to(run.device), cloud.placement.origin, options_);
    give_back_memory();
  }

  /// Before all else: looks at all points once.
  template <class Progress>
  void leaves(const Progress& progress) {
    const auto cells = octree_.level[0].size();
    for (const CellRuns& piece : pieces_of({{0, cells}})) {
      progress(static_cast<double>(piece.front().first) / static_cast<double>(cells));
      const auto some = leaves_of_piece(piece);
      for_each_tensor(leaves_, some, [&](at::Tensor& of_all, const at::Tensor& rows) {
        if (!rows.defined()) return;
        if (!of_all.defined()) of_all = at::empty({cells, rows.size(1)}, rows.options());
        of_all.narrow(0, piece.front().first, rows.size(0)).copy_(rows);
      });
    }
    coarse_ = coarse_scene();
  }

  /// Over a tile: keeps what others read of its own cells.
  void upward(const Tile& tile) {
    const auto view = after_upward(tile);
    const auto keep = [&](int level, const at::Tensor& rows, at::Tensor& of_all) {
      // Of lower levels there are as many as the cloud has.
      const auto kind = level < level_ ? rows.options().device(at::kCPU) : rows.options();
      if (!of_all.defined()) of_all = at::empty({octree_.level[level].size(), rows.size(1)}, kind);
      const auto own = cells_below(octree_, level_, tile.own, level);
      auto to = own.begin();
      for (const auto& [begin, end] : places_in(cells_below(octree_, level_, tile.upward, level), own)) {
        of_all.narrow(0, to->first, end - begin).copy_(rows.narrow(0, begin, end - begin));
        ++to;
      }
    };
    for (int l = 0; l <= level_; ++l) keep(l, view.x[l], x_[l]);
    keep(level_, view.rows, rows_);
  }

  /// Over the levels above.
  void across() {
    sums_ = sums_from(families_);
    leaves_ = {};
    const InMemory fits;
    run_.watch.start("octree, graph, features");
    auto whole = whole_;
    whole.rows = std::move(rows_);
    auto input = network_.prepare(compute_features(coarse_, none_, options_, whole), steps_.across);
    whole.rows.reset();
    // What the network begins with at the tiling's own level was made in the tiles.
    auto& own = input.scene.cell[level_];
    own = own.narrow(0, 0, 0);
    run_.watch.start("network");
    auto encoding = network_.begin(run_.weights, input);
    encoding.x[level_] = x_[level_];
    network_.advance(run_.weights, input, 0, input.steps.size(), encoding);
    for (int l = level_; l < options_.levels; ++l) x_[l] = std::move(encoding.x[l]);
  }

  /// Labels the tile's own points.
  void downward(const Tile& tile, PointLabels& labels) {
    const InMemory fits;
    const auto x = after_downward(tile);
    run_.watch.start("labels");
    std::int64_t before = 0;
    for (const CellRuns& piece : pieces_of(cells_below(octree_, level_, tile.own, 0))) {
      at::Tensor point;
      const auto input = network_.prepare(scene_of_piece(piece, false, point), {});
      Encoding encoding;
      encoding.x = {x.narrow(0, before, input.scene.octree.level[0].size())};
      encoding.point_embedding = network_.points_of(run_.weights, input.scene).embedding;
      labels.add(network_.point_probabilities(run_.weights, input, encoding, run_.model.info.temperature).cpu(), point);
      before += encoding.x[0].size(0);
    }
  }

 private:
  /// Of a tile: the first features of the network at the levels that it has whole cells of, and the input features of
  /// the last of these.
  struct Upward {
    std::vector<at::Tensor> x;
    at::Tensor rows;
  };
  Upward after_upward(const Tile& tile) const {
    const InMemory fits;
    run_.watch.start("octree, graph, features");
    auto part = octree_part(octree_, level_, tile.upward, false);
    Leaves own;
    for_each_tensor(own, leaves_, [&](at::Tensor& some, const at::Tensor& of_all) {
      if (of_all.defined()) some = rows_at(of_all, part.cell[0]);
    });
    auto scene =
        scene_of_cells(to(std::move(part.octree), run_.device), 0, own.sums, none_, options_, cloud_.placement);
    take_levels(scene, coarse_, level_, on_device(part.cell));
    auto whole = whole_;
    whole.rows = std::move(own.rows);
    scene = compute_features(std::move(scene), none_, options_, whole);
    whole = {}, own.sums = {};
    run_.watch.start("families");
    const auto input = network_.prepare(std::move(scene), steps_.up);
    run_.watch.start("network");
    auto encoding = network_.begin(run_.weights, input, own.of_points);
    network_.advance(run_.weights, input, 0, input.steps.size(), encoding);
    return {std::move(encoding.x), input.scene.cell[level_]};
  }

  /// What the heads read of a tile's own leaves.
  at::Tensor after_downward(const Tile& tile) const {
    run_.watch.start("families");
    auto part = octree_part(octree_, level_, tile.downward, false);
    const CellSums sums{rows_at(sums_.coordinate, part.cell[families_]), rows_at(sums_.raw, part.cell[families_])};
    auto scene =
        scene_of_cells(to(std::move(part.octree), run_.device), families_, sums, none_, options_, cloud_.placement);
    take_levels(scene, coarse_, std::max(level_, families_), on_device(part.cell));
    const auto input = network_.prepare(std::move(scene), steps_.down);
    run_.watch.start("network");
    Encoding encoding;
    for (int l = 0; l < options_.levels; ++l) encoding.x.push_back(rows_at(x_[l], part.cell[l]));
    network_.advance(run_.weights, input, 0, input.steps.size(), encoding);
    const auto own = cells_below(octree_, level_, tile.own, 0);
    return rows_of(encoding.x[0], places_in(cells_below(octree_, level_, tile.downward, 0), own));
  }

  /// Rows of all cells at these, which are on the CPU as octree_part has them, on the run's device.
  at::Tensor rows_at(const at::Tensor& of_all, const at::Tensor& cell) const {
    return of_all.index_select(0, cell.to(of_all.device())).to(run_.device);
  }

  std::vector<at::Tensor> on_device(const std::vector<at::Tensor>& cell) const {
    std::vector<at::Tensor> result;
    for (const auto& some : cell) result.push_back(some.to(run_.device));
    return result;
  }

  /// Leaves, cut where their points are as many as are worked on at a time.
  std::vector<CellRuns> pieces_of(const CellRuns& leaves) const {
    const std::int32_t* first = in(octree_.level[0].point);
    std::vector<CellRuns> pieces(1);
    std::int64_t points = 0;
    for (const auto& [begin, end] : leaves)
      for (auto from = begin, leaf = begin; leaf < end; ++leaf) {
        const std::int64_t more = first[leaf + 1] - first[leaf];
        if (points > 0 && points + more > kPointsOfPiece) {
          pieces.emplace_back();
          points = 0;
          from = leaf;
        }
        points += more;
        if (from == leaf) pieces.back().emplace_back(leaf, leaf);
        pieces.back().back().second = leaf + 1;
      }
    return pieces;
  }

  /// point: which of the cloud's the scene's are, on the CPU.
  Scene scene_of_piece(const CellRuns& piece, bool leaves, at::Tensor& point) const {
    auto part = octree_part(octree_, 0, piece);
    point = part.point;
    const auto points = to(subset(cloud_.points, point), run_.device);
    auto scene = scene_of_leaves(points, to(std::move(part.octree), run_.device), options_, cloud_.placement);
    return compute_point_features(std::move(scene), points, options_, whole_, leaves);
  }

  Leaves leaves_of_piece(const CellRuns& piece) const {
    const InMemory fits;
    at::Tensor point;
    const auto scene = scene_of_piece(piece, true, point);
    const Leaves found{{scene.moments.level[0].coordinate, scene.moments.level[0].raw},
                       scene.cell[0],
                       network_.points_of(run_.weights, scene).of_leaves};
    Leaves result;
    for_each_tensor(result, found, [](at::Tensor& to, const at::Tensor& rows) {
      if (rows.defined()) to = rows.cpu();
    });
    return result;
  }

  /// Of the whole cloud's cells of that level.
  CellSums sums_from(int level) const {
    return level == 0 ? leaves_.sums : sums_above(octree_, leaves_.sums, level, options_, cloud_.placement);
  }

  /// The levels of the whole cloud from the tiling's up.
  Scene coarse_scene() const {
    auto sums = sums_from(level_);
    const InMemory fits;
    sums = {sums.coordinate.to(run_.device), sums.raw.to(run_.device)};
    return scene_of_cells(to(octree_from(octree_, level_), run_.device), level_, sums, none_, options_,
                          cloud_.placement);
  }

  Run& run_;
  const Network& network_;
  const SceneOptions& options_;
  const ScenePoints& cloud_;
  const Octree& octree_;
  const int level_;
  const Sweeps steps_;
  const int families_;   ///< the lowest level whose cells a tile has to know on the way down
  const PointSet none_;  ///< as the cloud's points
  Leaves leaves_;        ///< until across()
  CellSums sums_;        ///< of level families_; from then on
  Scene coarse_;
  WholeCloud whole_;
  std::vector<at::Tensor> x_;  ///< of the whole cloud; of the levels above the tiling's from across() on
  at::Tensor rows_;            ///< the input features of the tiling's level, until across()
};

}  // namespace

PointLabels label_in_tiles(Run& run, const ScenePoints& cloud, const Tiling& tiling) {
  constexpr double kLeaves = 0.3, kUpward = 0.3;  // of the work
  const auto tiles = static_cast<double>(tiling.tile.size());
  Sweeping sweeping(run, cloud, tiling);
  sweeping.leaves([&](double done) { run.report("points", run.at(kLeaves * done)); });
  double done = 0;
  for (const auto& tile : tiling.tile) {
    run.report("upward", run.at(kLeaves + kUpward * done++ / tiles));
    sweeping.upward(tile);
  }
  give_back_memory();  // what tiles were in; the levels above are one large piece
  sweeping.across();
  give_back_memory();
  PointLabels labels(cloud.points.size(), run.model.network.classes(), run.options.probabilities, 0, c10::kCPU);
  done = 0;
  for (const auto& tile : tiling.tile) {
    run.report("downward", run.at(kLeaves + kUpward + (1 - kLeaves - kUpward) * done++ / tiles));
    sweeping.downward(tile, labels);
  }
  return labels;
}

}  // namespace treewalk
