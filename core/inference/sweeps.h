// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include "core/inference/labels.h"
#include "core/inference/tiles.h"

namespace treewalk {

/// Labels of a cloud's points by tiles: bit for bit those of the cloud taken whole. A network of order "up-down" goes
/// upward over the tiles, each with a margin, to the tiling's level; across the levels above, of the whole cloud; and
/// downward over the tiles again, which are made a second time for that. Tiles are cells alone: points are looked at
/// twice, some leaves at a time, for what leaves have of them and for their labels. The tiling has tiles.
/// Clusters are those of the whole cloud (whole_clusters.h): where a network chooses them, the way up has a phase for
/// each choice, after which all cells choose.
PointLabels label_in_tiles(Run& run, const ScenePoints& cloud, const Tiling& tiling);

/// [n] int32, on the CPU: of each point, its node of that level of a hierarchy whose clusters the network chooses: the
/// same as of the cloud taken whole. The tiling has tiles.
at::Tensor nodes_in_tiles(Run& run, const ScenePoints& cloud, const Tiling& tiling, int level);

}  // namespace treewalk
