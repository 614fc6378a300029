// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/augment.h"

#include "core/training/augment_change.h"

namespace treewalk {

namespace {

struct ChangeKind {
  const char* name;
  ChangeReader read;
};

/// Every change, in the order in which they are applied; augment.h says what each does.
constexpr ChangeKind kChanges[] = {
    {"quantisation", read_quantisation},
    {"stretch", read_stretch},
    {"warp", read_warp},
    {"turn", read_turn},
    {"roll", read_roll},
    {"tilt", read_tilt},
    {"mirror", read_mirror},
    {"crop", read_crop},
    {"square", read_square},
    {"dropout", read_dropout},
    {"blocks", read_blocks},
    {"limit", read_limit},
    {"forget", read_forget},
    {"buildings", read_buildings},
    {"vegetation", read_vegetation},
    {"scale", read_scale},
    {"scale_z", read_scale_z},
    {"slope", read_slope},
    {"sines", read_sines},
    {"relief", read_relief},
    {"jitter", read_jitter},
    {"shift", read_shift},
};

}  // namespace

struct Augmentation::Entry {
  std::string stream;  ///< of the random numbers: the two chains of a recipe draw different ones
  Change change;
};

Augmentation::Augmentation(const Json& description, const std::vector<std::string>& classes, const std::string& key) {
  const std::string where = "recipe: training: " + key;
  StrictObject object(description, where);
  auto entries = std::make_shared<std::vector<Entry>>();
  for (const ChangeKind& kind : kChanges)
    if (object.has(kind.name))
      entries->push_back({(key == "augment" ? "" : key + ".") + kind.name,
                          kind.read(object.raw(kind.name), where + ": " + kind.name, classes)});
  object.finish();
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
