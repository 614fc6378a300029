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
PointLabels label_in_tiles(Run& run, const ScenePoints& cloud, const Tiling& tiling);

}  // namespace treewalk
