// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "core/recipe/recipe_fields.h"
#include "core/training/augment.h"
#include "core/training/augment_change.h"

namespace treewalk::test {

inline Augmentation chain(const char* text) {
  const std::vector<std::string> classes{"ground", "object"};
  const StrictObject object(parse_json(text, "augment"), "training.augment");
  AugmentSpec spec;
  read_fields(object, augment_fields(), spec);
  check_augment(spec, object, classes);
  return Augmentation(spec, classes);
}

/// n points in a 40 x 30 x 2 box in front of the viewpoint; "intensity" is the index of the point, label its remainder.
inline Sample make_sample(std::int64_t n) {
  Sample sample;
  sample.column = {{"intensity", 1, {}}, {"normal", 3, {}}};
  sample.viewpoint = {1, 2, -20};
  RandomStream random(5, "test", 0);
  for (std::int64_t i = 0; i < n; ++i) {
    for (const double half : {20, 15}) sample.position.push_back(static_cast<float>(random.uniform(-half, half)));
    sample.position.push_back(static_cast<float>(random.uniform(0, 2)));
    for (const double x : random_direction(random)) sample.column[1].value.push_back(static_cast<float>(x));
    sample.column[0].value.push_back(static_cast<float>(i));
    sample.label.push_back(static_cast<std::int8_t>(i % 3) - 1);
  }
  return sample;
}

inline const float* at_point(const Sample& sample, std::int64_t i) { return sample.point(i); }
inline const float* normal_of(const Sample& sample, std::int64_t i) {
  return sample.find("normal")->value.data() + 3 * i;
}
inline std::int64_t index_of(const Sample& sample, std::int64_t i) {
  return static_cast<std::int64_t>(sample.find("intensity")->value[i]);
}

inline bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](float x, float y) { return std::memcmp(&x, &y, sizeof x) == 0; });
}
inline bool same_bits(const Sample& a, const Sample& b) {
  return same_bits(a.position, b.position) && a.label == b.label && a.viewpoint == b.viewpoint &&
         same_bits(a.find("normal")->value, b.find("normal")->value) &&
         same_bits(a.find("intensity")->value, b.find("intensity")->value);
}

template <class Number>
double distance(const float* a, const Number* b) {
  return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

}  // namespace treewalk::test
