// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "core/inference/labels.h"
#include "core/inference/tiles.h"

namespace treewalk {

/// What a model says of the tiles of a cloud, put together: a point that several tiles see gets the mean of their
/// probabilities, weighted by tile_weight. A cloud that is taken whole stays on its device until it has its labels.
class Blend {
 public:
  /// probabilities: whether the labels come with them.
  Blend(std::int64_t points, int classes, bool probabilities, float halo)
      : points_(points), classes_(classes), probabilities_(probabilities), halo_(halo) {}

  /// position [m,3] float32: the tile's points, on the CPU; probability [m, classes] and order [m] int32, where in the
  /// tile's points each of its rows belongs, on any device.
  void add(const Tile& tile, const at::Tensor& position, const at::Tensor& probability, const at::Tensor& order);

  /// Of all points, on the CPU; once, when every point has been in a tile.
  PointLabels labels();

 private:
  std::int64_t points_;
  int classes_;
  bool probabilities_;
  float halo_;
  std::optional<PointLabels> of_whole_;
  std::vector<float> sum_, weight_;  ///< of tiles: [points, classes] and [points]
};

}  // namespace treewalk
