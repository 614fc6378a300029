// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/augmenter.h"

#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "core/scene/normalise.h"
#include "core/training/sampler.h"

namespace treewalk {

namespace {

/// Keeps `count` points, each set equally likely.
void thin(Sample& sample, std::int64_t count, RandomStream random) {
  std::vector<std::int32_t> all(sample.size());
  std::iota(all.begin(), all.end(), 0);
  std::vector<std::uint8_t> mark(sample.size());
  for (const auto chosen : choose(all, count, random)) mark[chosen] = 1;
  sample.keep(mark);
}

Sample normalised(Sample sample, const SceneOptions& options) {
  auto label = sample.label;
  const int cloud_label = sample.cloud_label;
  return sample_of(normalised(point_set(std::move(sample)), options), std::move(label), cloud_label);
}

}  // namespace

Augmenter::Augmenter(const Recipe& recipe)
    : scene(recipe.scene),
      size_jitter(recipe.training.size_jitter),
      before(recipe.training.augment_before, recipe.class_names(), "augment_before"),
      after(recipe.training.augment, recipe.class_names()) {}

Sample Augmenter::operator()(const Sample& raw, const Draw& draw) const {
  if (scene.normalise == "none") return after(raw, draw);
  Sample sample = before(raw, draw);
  if (scene.points > 0 && sample.size() > scene.points) thin(sample, scene.points, draw.random("thinning"));
  sample = after(normalised(std::move(sample), scene), draw);
  const double side = sample.bounds().longest_side(), jitter = size_jitter * draw.random("size").normal();
  if (side > 0) sample.scale = raw.bounds().longest_side() * raw.scale * std::exp(jitter) / side;
  return sample;
}

}  // namespace treewalk
