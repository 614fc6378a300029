// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <ATen/ATen.h>
#include <torch/optim/adam.h>

#include "tests/benchmark/timing.h"
#include "tests/benchmark/training_speed.h"
#include "tests/sequoia_reference/network.h"
#include "tests/sequoia_reference/surfaces.h"

namespace treewalk {

double released_training_clouds_per_second(int batch, std::int64_t points, int repeat) {
  const sequoia_reference::Classifier network(1);
  std::vector<sequoia_reference::Surface> surfaces;
  for (int c = 0; c < batch; ++c)
    surfaces.push_back(sequoia_reference::made_up_surface(c % sequoia_reference::kSurfaceKinds, points, c));
  const at::Tensor label = at::arange(batch, at::kLong).remainder(40);
  std::vector<at::Tensor> parameters;
  for (const auto& [name, value] : network.state().parameters()) parameters.push_back(value);
  torch::optim::Adam adam(parameters, torch::optim::AdamOptions(1e-3).weight_decay(1e-4));

  std::vector<Timing> sides{{"released", [&] {
                               std::vector<sequoia_reference::Tree> trees;
                               std::vector<at::Tensor> normals;
                               for (const auto& surface : surfaces) {
                                 trees.push_back(sequoia_reference::build_tree(surface.position));
                                 normals.push_back(surface.normal);
                               }
                               const auto logits = network(sequoia_reference::make_batch(trees, normals), {}, {true});
                               adam.zero_grad();
                               sequoia_reference::smoothed_loss(logits, label).backward();
                               adam.step();
                             }}};
  measure(sides, repeat);
  return batch / Timing::median(sides[0].seconds);
}

}  // namespace treewalk
