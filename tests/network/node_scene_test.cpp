// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/scene/node_scene.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "core/geometry/graph_seeds.h"
#include "core/geometry/own_tree.h"
#include "core/network/network.h"
#include "core/recipe/node_recipe.h"
#include "core/scene/scene.h"
#include "tests/support/small_networks.h"
#include "tests/support/support.h"

namespace treewalk {
namespace {

using test::same_tensor;

TEST(NodeScenes, GiveInABatchWhatTheyGiveAlone) {
  for (const bool sequences : {false, true}) {
    auto recipe = parse_node_network(R"({"widths": [8, 8, 8], "hierarchy": "learned"})");
    recipe.scene.columns = {3, 0, 0};
    recipe.scene.contiguous = sequences;
    const Network network(recipe);
    const auto weights = test::moved_weights(network, at::kDouble);
    std::vector<Scene> scenes;
    at::manual_seed(6);
    for (const int size : {30, 1, 57}) {
      const auto from = at::arange(size - 1, at::kInt);  // edges to nodes before, at random
      const auto column = (at::rand({size - 1}) * (from + 1)).to(at::kInt);
      const Csr graph{at::cat({at::zeros({1}, at::kInt), at::arange(size, at::kInt)}), column, size};
      auto hierarchy = sequences ? sequence_hierarchy(size, 3, 4, 8) : graph_hierarchy(graph, 3, 8);
      std::vector<at::Tensor> cell{at::randn({size, 3}, at::kDouble)};
      for (int l = 1; l < 3; ++l) cell.push_back(at::zeros({hierarchy.size(l), 0}, at::kDouble));
      scenes.push_back(node_scene(std::move(hierarchy), std::move(cell)));
    }
    const auto together = network.encode(weights, network.prepare(merge_scenes(scenes), false, true));
    std::vector<std::int64_t> first(3, 0);
    for (const auto& scene : scenes) {
      const auto alone = network.encode(weights, network.prepare(scene, false, true));
      for (int l = 0; l < 3; ++l) {
        const auto size = scene.hierarchy.size(l);
        EXPECT_TRUE(at::allclose(together.x[l].narrow(0, first[l], size), alone.x[l], 1e-10, 1e-10)) << sequences << l;
        if (l < 2) {
          EXPECT_TRUE(same_tensor(together.hierarchy.parent[l].narrow(0, first[l], size),
                                  alone.hierarchy.parent[l] + static_cast<int>(first[l + 1])));
        }
      }
      for (int l = 0; l < 3; ++l) first[l] += scene.hierarchy.size(l);
    }
  }
}

}  // namespace
}  // namespace treewalk
