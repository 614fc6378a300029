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

Sample DataLoader::sample(const Draw& draw) const { return augment_(*cache_(items_[cloud_of(sampler_, draw)]), draw); }

Batch DataLoader::operator()(std::int64_t step) const {
  std::vector<Example> examples;
  for (int b = 0; b < sampler_.batch; ++b) {
    const Draw draw{seed_, step, b};
    examples.push_back(make_example(sample(draw), recipe_, draw));
  }
  return collate(std::move(examples), network_, device_);
}

std::vector<Scene> DataLoader::scenes(std::int64_t step) const {
  std::vector<Scene> scenes;
  for (int b = 0; b < sampler_.batch; ++b) {
    const Draw draw{seed_, step, b};
    scenes.push_back(scene_of(sample(draw), recipe_, draw));
  }
  return scenes;
}

}  // namespace treewalk
