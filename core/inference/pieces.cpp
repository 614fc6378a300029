// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/inference/pieces.h"

#include <ATen/ops/empty.h>

#include <utility>

#include "core/device/in_out.h"
#include "core/device/scratch.h"
#include "core/inference/memory.h"
#include "core/scene/normalise.h"

namespace treewalk {

std::vector<CellRuns> pieces_of(const Octree& octree, const CellRuns& leaves) {
  const std::int32_t* first = in(octree.level[0].point);
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

Piece take_piece(const Run& run, const ScenePoints& cloud, const Octree& octree, const CellRuns& leaves) {
  auto part = octree_part(octree, 0, leaves);
  Piece piece;
  piece.point = part.point;
  piece.points = to(subset(cloud.points, piece.point), run.device);
  piece.scene =
      scene_of_leaves(piece.points, to(std::move(part.octree), run.device), run.model.recipe.scene, cloud.placement);
  return piece;
}

CellSums sums_of_leaves(Run& run, const ScenePoints& cloud, const Octree& octree) {
  const auto cells = octree.level[0].size();
  CellSums sums;
  for (const CellRuns& leaves : pieces_of(octree, {{0, cells}})) {
    run.begin("octree, graph, features", 0.9 * static_cast<double>(leaves.front().first) / static_cast<double>(cells));
    CellSums some;
    {
      const InMemory fits;
      const auto piece = take_piece(run, cloud, octree, leaves);
      some = {piece.scene.moments.level[0].coordinate.cpu(), piece.scene.moments.level[0].raw.cpu()};
    }
    const auto keep = [&](at::Tensor& all, const at::Tensor& rows) {
      if (!all.defined()) all = at::empty({cells, rows.size(1)}, rows.options());
      all.narrow(0, leaves.front().first, rows.size(0)).copy_(rows);
    };
    keep(sums.coordinate, some.coordinate);
    keep(sums.raw, some.raw);
  }
  return sums;
}

}  // namespace treewalk
