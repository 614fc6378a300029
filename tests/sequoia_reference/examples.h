// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/rand_like.h>

#include <cstdint>
#include <vector>

#include "tests/sequoia_reference/batch.h"
#include "tests/sequoia_reference/network.h"
#include "tests/sequoia_reference/surfaces.h"
#include "tests/support/support.h"

namespace treewalk::sequoia_reference {

/// Made-up surfaces of all kinds in turn, with their normals (classification) or positions (segmentation) as features.
inline Batch surfaces_batch(int clouds, std::int64_t points, std::uint64_t seed, Embedding::Kind kind,
                            CentreFrame frame = CentreFrame::from_box_corner) {
  std::vector<Tree> trees;
  std::vector<at::Tensor> features;
  for (int c = 0; c < clouds; ++c) {
    const Surface surface = made_up_surface(c % kSurfaceKinds, points, seed + c);
    trees.push_back(build_tree(surface.position, frame));
    features.push_back(kind == Embedding::of_normals ? surface.normal : surface.position);
  }
  return make_batch(trees, features);
}

/// Points about five corners of a cube: five coarse voxels, fewer than neighbours.
inline at::Tensor five_corners(std::int64_t points) {
  at::Tensor position = test::uniform_points(points, 4) * 0.3;
  const int corner[5][3] = {{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {1, 1, 1}};
  for (std::int64_t i = 0; i < points; ++i)
    for (int a = 0; a < 3; ++a) position[i][a] += 0.7 * corner[i % 5][a];
  return position;
}

/// The batch with its nodes moved a little, so that no two voxels are equally far from a third: which of them sorting
/// takes is left open.
inline Batch apart(Batch batch) {
  at::manual_seed(1);
  for (Level& level : batch.level) level.position = level.position + 0.03 * at::rand_like(level.position);
  return batch;
}

/// One pass in training mode that leaves the batch's own statistics in every batch norm. With statistics as they start,
/// results hardly depend on the input, and a comparison of them would see nothing.
inline void calibrate(const Classifier& network, const Batch& batch) {
  const at::NoGradGuard no_gradients;
  network(batch, {}, {true, 1});
}
inline void calibrate(const Segmenter& network, const Batch& batch) {
  const at::NoGradGuard no_gradients;
  network.features(batch, {}, {true, 1});  // its head has no batch norm
}

}  // namespace treewalk::sequoia_reference
