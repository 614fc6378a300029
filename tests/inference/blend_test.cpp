// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/inference/blend.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <vector>

namespace treewalk {
namespace {

TEST(Blend, OfTilesIsTheMeanOfTheirProbabilitiesByTheWeightOfEachPoint) {
  at::manual_seed(1);
  const std::int64_t points = 700;
  const int classes = 3;
  const float halo = 0.2f;
  const auto position = at::rand({points, 3}) * at::tensor({4.f, 1.f, 1.f});
  const auto tiles = make_tiles(position, std::vector<float>(points, 1.0f), 250, halo);
  ASSERT_GT(tiles.size(), 2u);
  Blend blend(points, classes, true, halo);
  auto sum = at::zeros({points, classes}, at::kDouble), weight = at::zeros({points, 1}, at::kDouble);
  for (const auto& tile : tiles) {
    const auto size = static_cast<std::int64_t>(tile.point.size());
    const auto probability = at::rand({size, classes}).softmax(1);  // in the tile's own Morton order
    const auto order = at::randperm(size, at::kInt);
    std::vector<float> own;
    for (std::int64_t i = 0; i < size; ++i)
      for (int a = 0; a < 3; ++a) own.push_back(position[tile.point[i]][a].item<float>());
    const auto part = at::tensor(own).view({size, 3});
    blend.add(tile, part, probability, order);
    for (std::int64_t r = 0; r < size; ++r) {
      const auto i = order[r].item<int>();
      const double w = tile_weight(tile, halo, own.data() + 3 * i);
      weight[tile.point[i]] += w;
      sum[tile.point[i]] += w * probability[r].to(at::kDouble);
    }
  }
  const auto labels = blend.labels();
  const auto expected = sum / weight;
  const auto found =
      at::from_blob(const_cast<float*>(labels.probability()), {points, classes}, at::kFloat).to(at::kDouble);
  EXPECT_TRUE(at::allclose(found, expected, 1e-5, 1e-6));
  for (std::int64_t p = 0; p < points; ++p) {
    EXPECT_EQ(labels.label()[p], found[p].argmax().item<int>()) << p;
    EXPECT_EQ(labels.confidence()[p], found[p].max().item<float>()) << p;
  }
}

TEST(Blend, OfACloudInOneTileIsWhatTheModelSays) {
  at::manual_seed(2);
  const auto probability = at::rand({40, 5}).softmax(1);
  const auto order = at::randperm(40, at::kInt);
  Blend blend(40, 5, true, 1);
  blend.add(Tile{}, at::rand({40, 3}), probability, order);
  const auto labels = blend.labels();
  for (int r = 0; r < 40; ++r) {
    const auto to = order[r].item<int>();
    EXPECT_EQ(labels.label()[to], probability[r].argmax().item<int>());
    for (int c = 0; c < 5; ++c) EXPECT_EQ(labels.probability()[5 * to + c], probability[r][c].item<float>());
  }
}

}  // namespace
}  // namespace treewalk
