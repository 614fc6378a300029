// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/core/grad_mode.h>

#include <cstdint>
#include <vector>

#include "tests/sequoia_reference/batch.h"
#include "tests/sequoia_reference/network.h"
#include "tests/sequoia_reference/surfaces.h"

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
