// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/inference/sweeps.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/index_select.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "core/device/in_out.h"
#include "core/device/scratch.h"
#include "core/features/feature.h"
#include "core/geometry/hierarchy.h"
#include "core/inference/memory.h"
#include "core/inference/pieces.h"
#include "core/inference/whole_clusters.h"
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
        families_(lowest_family(steps_.down)),
        none_(to(subset(cloud.points, at::empty({0}, at::kInt)), run.device)),
        x_(options_.levels),
        next_(options_.levels) {
    run_.watch.start("octree, graph, features");
    whole_.overview = overviews(cloud.points.position.to(run.device), cloud.placement.origin, options_);
    give_back_memory();
  }

  /// Before all else: looks at all points once.
  template <class Progress>
  void leaves(const Progress& progress) {
    const auto cells = octree_.level[0].size();
    for (const CellRuns& piece : pieces_of(octree_, {{0, cells}})) {
      progress(static_cast<double>(piece.front().first) / static_cast<double>(cells));
      const auto some = leaves_of_piece(piece);
      for_each_tensor(leaves_, some, [&](at::Tensor& of_all, const at::Tensor& rows) {
        if (!rows.defined()) return;
        if (!of_all.defined()) of_all = at::empty({cells, rows.size(1)}, rows.options());
        of_all.narrow(0, piece.front().first, rows.size(0)).copy_(rows);
      });
    }
    if (by_position_) clusters_ = find_by_position(octree_, leaves_.sums, options_, cloud_.placement, run_.device);
    coarse_ = coarse_scene();
    if (!learned_) return;
    chosen_.emplace(octree_);
    for (int l = level_; l < options_.levels; ++l) chosen_->records(l).copy_(coarse_.hierarchy.records(l));
  }

  std::size_t phases() const { return steps_.up.size(); }

  /// Over a tile, in one of the phases: keeps what others read of its own cells.
  void upward(std::size_t phase, const Tile& tile) {
    const auto view = phase == 0 ? after_first(tile) : after_phase(phase, tile);
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
    for (int l = 0; l <= level_; ++l) {
      if (view.x[l].defined()) keep(l, view.x[l], next_[l]);
      if (l == level_ || !view.node.defined()) continue;
      auto records = chosen_->records(l);
      keep(l, view.node.narrow(0, view.first[l], view.first[l + 1] - view.first[l]), records);
    }
    if (phase == 0) keep(level_, view.rows, rows_);
  }

  /// After all tiles of a phase: what they have left, and the clusters that all nodes of a level choose then.
  void choose(std::size_t phase) {
    for (int l = 0; l <= level_; ++l)
      if (next_[l].defined()) x_[l] = std::exchange(next_[l], {});
    if (steps_.up[phase].choice.empty()) return;
    run_.watch.start("network");
    chosen_->choose(network_, run_.weights, options_, steps_.up[phase].choice.front(), x_[chosen_->levels_chosen()],
                    run_.device);
  }

  /// Of the whole cloud's nodes, with the clusters that they have chosen so far.
  const std::vector<at::Tensor>& parents() const { return chosen_->parent(); }

  /// Over the levels above.
  void across() {
    sums_ = sums_from(families_);
    leaves_ = {};
    upward_sums_ = {};
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
    if (chosen_) {
      encoding.hierarchy = input.scene.hierarchy;
      encoding.hierarchy.node = chosen_->nodes_from(level_, run_.device);
    }
    network_.advance(run_.weights, input, 0, input.steps.size(), encoding);
    for (int l = level_; l < options_.levels; ++l) x_[l] = std::move(encoding.x[l]);
  }

  /// Labels the tile's own points.
  void downward(const Tile& tile, PointLabels& labels) {
    const InMemory fits;
    const auto x = after_downward(tile);
    run_.watch.start("labels");
    std::int64_t before = 0;
    for (const CellRuns& piece : pieces_of(octree_, cells_below(octree_, level_, tile.own, 0))) {
      auto taken = take_piece(run_, cloud_, octree_, piece);
      const auto input =
          network_.prepare(compute_point_features(std::move(taken.scene), taken.points, options_, whole_, false), {});
      Encoding encoding;
      encoding.x = {x.narrow(0, before, input.scene.octree.level[0].size())};
      encoding.point_embedding = network_.points_of(run_.weights, input.scene).embedding;
      labels.add(network_.point_probabilities(run_.weights, input, encoding, run_.model.info.temperature).cpu(),
                 taken.point);
      before += encoding.x[0].size(0);
    }
  }

 private:
  /// Of a tile after a phase, its levels up to the tiling's.
  struct Upward {
    std::vector<at::Tensor> x;        ///< features in the network; undefined where the phase does not change them
    at::Tensor rows;                  ///< after the first: input features of the last of these levels
    at::Tensor node;                  ///< where clusters are to be chosen, after the first: records of all levels
    std::vector<std::int64_t> first;  ///< Hierarchy::first
  };

  Upward after_first(const Tile& tile) const {
    const InMemory fits;
    run_.watch.start("octree, graph, features");
    auto part = octree_part(octree_, level_, tile.upward, false);
    Leaves own;
    for_each_tensor(own, leaves_, [&](at::Tensor& some, const at::Tensor& of_all) {
      if (of_all.defined()) some = rows_at(of_all, part.cell[0]);
    });
    auto scene = scene_of_part(part, 0, own.sums);
    auto whole = whole_;
    whole.rows = std::move(own.rows);
    scene = compute_features(std::move(scene), none_, options_, whole);
    whole = {}, own.sums = {};
    Upward result;
    if (chosen_) result.node = scene.hierarchy.node, result.first = scene.hierarchy.first;
    run_.watch.start("families");
    const auto input = network_.prepare(std::move(scene), steps_.up[0].steps);
    run_.watch.start("network");
    auto encoding = network_.begin(run_.weights, input, own.of_points);
    network_.advance(run_.weights, input, 0, input.steps.size(), encoding);
    result.x = std::move(encoding.x);
    result.rows = input.scene.cell[level_];
    return result;
  }

  Upward after_phase(std::size_t phase, const Tile& tile) {
    const auto& steps = steps_.up[phase].steps;
    const int families = lowest_family(steps);
    if (families != upward_families_) {
      upward_families_ = families;
      upward_sums_ = sums_from(families);
    }
    const InMemory fits;
    Upward result;
    result.x = advanced(steps, tile.upward, families, upward_sums_, level_);
    std::vector<bool> changed(result.x.size());
    for (const auto& step : steps) mark_read(levels_of(step), changed);
    for (std::size_t l = 0; l < changed.size(); ++l)
      if (!changed[l]) result.x[l].reset();
    return result;
  }

  /// What the heads read of a tile's own leaves.
  at::Tensor after_downward(const Tile& tile) const {
    const auto x = advanced(steps_.down, tile.downward, families_, sums_, options_.levels - 1);
    const auto own = cells_below(octree_, level_, tile.own, 0);
    return rows_of(x[0], places_in(cells_below(octree_, level_, tile.downward, 0), own));
  }

  /// The features of a tile's nodes up to level `last` after these steps, before which all nodes have theirs. families:
  /// the lowest level whose cells the steps have to know; sums: of all of these.
  std::vector<at::Tensor> advanced(const std::vector<Step>& steps, const CellRuns& cells, int families,
                                   const CellSums& sums, int last) const {
    run_.watch.start("families");
    auto part = octree_part(octree_, level_, cells, false);
    ChosenPart chosen;
    if (chosen_) chosen = chosen_->in(part, run_.device);
    Encoding encoding;
    encoding.x.resize(options_.levels);
    for (int l = 0; l <= last; ++l) encoding.x[l] = rows_at(x_[l], part.cell[l]);
    const auto input = network_.prepare(
        scene_of_part(part, families,
                      {rows_at(sums.coordinate, part.cell[families]), rows_at(sums.raw, part.cell[families])}),
        steps);
    if (chosen_) encoding.hierarchy = with_clusters(input.scene.hierarchy, chosen);
    run_.watch.start("network");
    network_.advance(run_.weights, input, 0, input.steps.size(), encoding);
    return std::move(encoding.x);
  }

  /// A part's cells from that level up, with what the whole cloud's cells have in the levels that it has not whole.
  /// The part's octree leaves it.
  Scene scene_of_part(OctreePart& part, int level, const CellSums& sums) const {
    CellClusters clusters;
    if (by_position_) clusters = clusters_in(part, level_, clusters_, run_.device);
    auto scene = scene_of_cells(to(std::move(part.octree), run_.device), level, sums, none_, options_, cloud_.placement,
                                by_position_ ? &clusters : nullptr);
    take_levels(scene, coarse_, std::max(level_, level), on_device(part.cell));
    return scene;
  }

  int lowest_family(const std::vector<Step>& steps) const {
    return first_family(steps, std::min(level_ + 1, options_.levels - 1));
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

  Leaves leaves_of_piece(const CellRuns& piece) const {
    const InMemory fits;
    auto taken = take_piece(run_, cloud_, octree_, piece);
    const auto scene = compute_point_features(std::move(taken.scene), taken.points, options_, whole_, true);
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
    CellClusters clusters;
    if (by_position_) clusters = clusters_from(level_, clusters_, run_.device);
    return scene_of_cells(to(octree_from(octree_, level_), run_.device), level_, sums, none_, options_,
                          cloud_.placement, by_position_ ? &clusters : nullptr);
  }

  Run& run_;
  const Network& network_;
  const SceneOptions& options_;
  const ScenePoints& cloud_;
  const Octree& octree_;
  const int level_;
  const Sweeps steps_;
  const bool by_position_ = options_.hierarchy == "position", learned_ = options_.hierarchy == "learned";
  const int families_;   ///< the lowest level whose cells a tile has to know on the way down
  const PointSet none_;  ///< as the cloud's points
  Leaves leaves_;        ///< until across()
  CellSums sums_;        ///< of level families_; from then on
  int upward_families_ = -1;
  CellSums upward_sums_;                   ///< of that level, in phases after the first
  CellClusters clusters_;                  ///< of the whole cloud, by position
  std::optional<ChosenHierarchy> chosen_;  ///< where the network chooses
  Scene coarse_;
  WholeCloud whole_;
  std::vector<at::Tensor> x_;     ///< of the whole cloud; of the levels above the tiling's from across() on
  std::vector<at::Tensor> next_;  ///< what tiles have done to it in this phase
  at::Tensor rows_;               ///< the input features of the tiling's level, until across()
};

constexpr double kLeaves = 0.3, kUpward = 0.3;  // of the work

/// Looks at the points and goes up as far as so many phases.
void go_up(Run& run, Sweeping& sweeping, const Tiling& tiling, std::size_t phases) {
  sweeping.leaves([&](double done) { run.report("points", run.at(kLeaves * done)); });
  const double parts = static_cast<double>(phases) * static_cast<double>(tiling.tile.size());
  double done = 0;
  for (std::size_t phase = 0; phase < phases; ++phase) {
    for (const auto& tile : tiling.tile) {
      run.report("upward", run.at(kLeaves + kUpward * done++ / parts));
      sweeping.upward(phase, tile);
    }
    give_back_memory();  // what tiles were in; what comes now is large
    sweeping.choose(phase);
  }
}

}  // namespace

PointLabels label_in_tiles(Run& run, const ScenePoints& cloud, const Tiling& tiling) {
  Sweeping sweeping(run, cloud, tiling);
  go_up(run, sweeping, tiling, sweeping.phases());
  sweeping.across();
  give_back_memory();
  PointLabels labels(cloud.points.size(), run.model.network.classes(), run.options.probabilities, 0, c10::kCPU);
  const auto tiles = static_cast<double>(tiling.tile.size());
  double done = 0;
  for (const auto& tile : tiling.tile) {
    run.report("downward", run.at(kLeaves + kUpward + (1 - kLeaves - kUpward) * done++ / tiles));
    sweeping.downward(tile, labels);
  }
  return labels;
}

at::Tensor nodes_in_tiles(Run& run, const ScenePoints& cloud, const Tiling& tiling, int level) {
  Sweeping sweeping(run, cloud, tiling);
  go_up(run, sweeping, tiling, std::min<std::size_t>(level, sweeping.phases() - 1));
  return nodes_above(tiling.octree->leaf, sweeping.parents(), level);
}

}  // namespace treewalk
