// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/augment.h"

#include "core/training/augment_change.h"

namespace treewalk {

struct Augmentation::Entry {
  std::string stream;  ///< of the random numbers: the two chains of a recipe draw different ones
  Change change;
};

Augmentation::Augmentation(const AugmentSpec& spec, const std::vector<std::string>& classes, const std::string& key) {
  auto entries = std::make_shared<std::vector<Entry>>();
  const auto add = [&](const char* name, const auto& settings, const auto&... more) {
    if (settings) entries->push_back({(key == "augment" ? "" : key + ".") + name, change_of(*settings, more...)});
  };
  add("quantisation", spec.quantisation);
  add("stretch", spec.stretch);
  add("warp", spec.warp);
  add("turn", spec.turn);
  add("roll", spec.roll);
  add("tilt", spec.tilt);
  add("mirror", spec.mirror);
  add("crop", spec.crop);
  add("square", spec.square);
  add("dropout", spec.dropout);
  add("blocks", spec.blocks);
  add("limit", spec.limit);
  add("forget", spec.forget);
  add("gain", spec.gain);
  add("buildings", spec.buildings, classes);
  add("vegetation", spec.vegetation, classes);
  add("wires", spec.wires, classes);
  add("scale", spec.scale);
  add("scale_z", spec.scale_z);
  add("slope", spec.slope);
  add("sines", spec.sines);
  add("relief", spec.relief);
  add("jitter", spec.jitter);
  add("shift", spec.shift);
  entries_ = std::move(entries);
}

Sample Augmentation::operator()(Sample sample, const Draw& draw) const {
  if (!entries_ || sample.size() == 0) return sample;
  for (const Entry& entry : *entries_) {
    auto random = draw.random(entry.stream);
    entry.change(sample, random);
  }
  return sample;
}

}  // namespace treewalk
