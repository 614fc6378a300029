// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/data_loader.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "core/features/feature_table.h"

namespace treewalk {
namespace {

std::string none_has(std::size_t clouds, const std::string& what) {
  return "none of the " + std::to_string(clouds) + " training clouds has " + what;
}

const char* const kPoint = "a point with finite coordinates";

}  // namespace

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

Draw DataLoader::draw(std::int64_t step, std::int64_t place) const {
  return {seed_, static_cast<std::uint64_t>(step * recipe_.training.batch + place)};
}

Sample DataLoader::sample(const Draw& draw) const {
  const std::size_t first = cloud_of(sampler_, draw);
  for (std::size_t k = 0; k < items_.size(); ++k) {
    const auto sample = cache_(items_[(first + k) % items_.size()]);
    if (sample->size() > 0) return augment_(*sample, draw);
  }
  throw Error(none_has(items_.size(), kPoint));
}

Batch DataLoader::operator()(std::int64_t step) const { return part(step, 0, recipe_.training.batch); }

Batch DataLoader::part(std::int64_t step, std::int64_t first, std::int64_t last) const {
  std::vector<Example> examples;
  for (auto place = first; place < last; ++place) {
    const auto own = draw(step, place);
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

void DataLoader::check_clouds() const {
  auto missing = fields_of_features(recipe_.scene);
  bool labelled = recipe_.task == "classification", points = false;
  for (const auto& item : items_) {
    if (missing.empty() && labelled) return;
    const auto sample = cache_(item);
    points = points || sample->size() > 0;
    const auto there = [&](const std::string& field) { return sample->find(field) != nullptr; };
    missing.erase(std::remove_if(missing.begin(), missing.end(), there), missing.end());
    labelled = labelled || std::any_of(sample->label.begin(), sample->label.end(), [](auto c) { return c != -1; });
  }
  const auto fail = [&](const std::string& what) { throw Error(none_has(items_.size(), what)); };
  if (!points) fail(kPoint);
  if (!missing.empty())
    fail("a field \"" + missing.front() +
         "\", which a feature of the recipe reads; leave that feature out, or name the clouds' field so");
  if (!labelled)
    fail(
        "a point of a class: the recipe ignores all labels that they hold; look at \"ignore\" and at the classes' "
        "\"from\"");
}

std::vector<std::string> DataLoader::warnings() const {
  std::vector<std::string> warnings;
  const auto points = cache_.points_of_label();
  const auto classes = recipe_.classes.size();
  for (std::size_t c = 0; c < classes; ++c) {
    if (points[c] > 0) continue;
    bool coarse = false;
    for (std::size_t k = 0; k < recipe_.coarse.size(); ++k) {
      const auto& set = recipe_.coarse[k].classes;
      coarse =
          coarse || (points[classes + k] > 0 && std::find(set.begin(), set.end(), static_cast<int>(c)) != set.end());
    }
    warnings.push_back("no point of the " + std::to_string(cache_.clouds()) + " clouds that were read is of class \"" +
                       recipe_.classes[c].name +
                       (coarse ? "\" but by coarse labels, which alone may not tell it from their other classes"
                               : "\"; the model has not learned it"));
  }
  return warnings;
}

std::int64_t DataLoader::coarse_points() const {
  const auto points = cache_.points_of_label();
  return std::accumulate(points.begin() + static_cast<std::ptrdiff_t>(recipe_.classes.size()), points.end(),
                         std::int64_t{0});
}

}  // namespace treewalk
