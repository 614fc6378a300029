// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/data_loader.h"

#include <utility>

namespace treewalk {

DataLoader::DataLoader(const Recipe& recipe, const Network& network, std::vector<DataItem> items,
                       std::shared_ptr<const DataSet> data, std::uint64_t seed, c10::Device device)
    : recipe_(recipe),
      network_(network),
      items_(std::move(items)),
      seed_(seed),
      device_(device),
      augment_(recipe),
      sampler_(make_sampler(items_, recipe.training)),
      cache_(recipe, std::move(data)) {}

Draw DataLoader::draw(std::int64_t step, int place) const {
  return {seed_, static_cast<std::uint64_t>(step * recipe_.training.batch + place)};
}

Sample DataLoader::sample(const Draw& draw) const { return augment_(*cache_(items_[cloud_of(sampler_, draw)]), draw); }

Batch DataLoader::operator()(std::int64_t step) const {
  std::vector<Example> examples;
  for (int b = 0; b < recipe_.training.batch; ++b) {
    const auto own = draw(step, b);
    examples.push_back(make_example(sample(own), recipe_, own));
  }
  return collate(std::move(examples), network_, device_);
}

std::vector<Scene> DataLoader::scenes(std::int64_t step) const {
  std::vector<Scene> scenes;
  for (int b = 0; b < recipe_.training.batch; ++b) {
    const auto own = draw(step, b);
    scenes.push_back(scene_of(sample(own), recipe_, own));
  }
  return scenes;
}

}  // namespace treewalk
