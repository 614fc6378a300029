// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Changes that put objects on the ground; the points they move get the objects' class.
#include <algorithm>
#include <cmath>

#include "core/training/augment_change.h"
#include "core/training/augment_labels.h"

namespace treewalk {

namespace {

/// A rectangle on the map with its own axes u, v.
struct Rectangle {
  double x, y, cosine, sine, half_u, half_v;
  std::array<double, 2> own(const float* p) const {
    const double dx = p[0] - x, dy = p[1] - y;
    return {dx * cosine + dy * sine, dy * cosine - dx * sine};
  }
  bool holds(const float* p) const {
    const auto uv = own(p);
    return std::fabs(uv[0]) <= half_u && std::fabs(uv[1]) <= half_v;
  }
};

double median(std::vector<float> values) {
  const auto middle = values.begin() + values.size() / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

void build(Sample& sample, const Buildings& set, const ObjectLabels& labels, RandomStream& random) {
  const float* at = sample.point(random.integer(0, sample.size() - 1));
  Rectangle base{at[0], at[1], 0, 0, 0, 0};
  const double angle = random.uniform(0, kPi);
  base.cosine = std::cos(angle);
  base.sine = std::sin(angle);
  base.half_u = random.log_uniform(set.half_size[0], set.half_size[1]);
  base.half_v = random.log_uniform(set.half_size[0], set.half_size[1]);
  const double height = random.uniform(set.height[0], set.height[1]);
  const bool gabled = random.chance(set.gabled);
  const double pitch = random.uniform(set.pitch[0], set.pitch[1]);

  std::vector<std::int64_t> inside;
  std::vector<float> ground;
  for (std::int64_t i = 0; i < sample.size(); ++i) {
    if (!base.holds(sample.point(i))) continue;
    inside.push_back(i);
    if (labels.on_ground(sample.label[i])) ground.push_back(sample.point(i)[2]);
  }
  if (ground.empty() || static_cast<double>(inside.size()) > set.share * static_cast<double>(sample.size())) return;
  const double roof = median(std::move(ground)) + height;

  // The ridge of a gable runs along the longer side; the roof falls to the eaves at `roof`.
  const bool along_u = base.half_u >= base.half_v;
  const double half = along_u ? base.half_v : base.half_u;
  float* normal = sample.normal();
  for (const std::int64_t i : inside) {
    const auto uv = base.own(sample.point(i));
    const double across = along_u ? uv[1] : uv[0];
    sample.point(i)[2] = static_cast<float>(roof + (gabled ? pitch * (half - std::fabs(across)) : 0));
    sample.label[i] = labels.object;
    if (normal == nullptr) continue;
    const double fall = gabled ? std::copysign(pitch, across) / std::sqrt(1 + pitch * pitch) : 0;
    const double x = along_u ? -base.sine : base.cosine, y = along_u ? base.cosine : base.sine;
    normal[3 * i] = static_cast<float>(fall * x);
    normal[3 * i + 1] = static_cast<float>(fall * y);
    normal[3 * i + 2] = static_cast<float>(std::sqrt(1 - fall * fall));
  }
}

}  // namespace

Change change_of(const Buildings& set, const std::vector<std::string>& classes) {
  const auto labels = object_labels(set, classes);
  return [=](Sample& sample, RandomStream& random) {
    if (!random.chance(set.probability)) return;
    const auto count = random.integer(std::llround(set.count[0]), std::llround(set.count[1]));
    for (std::int64_t b = 0; b < count; ++b) build(sample, set, labels, random);
  };
}

Change change_of(const Vegetation& set, const std::vector<std::string>& classes) {
  const auto labels = object_labels(set, classes);
  return [=](Sample& sample, RandomStream& random) {
    if (!random.chance(set.probability)) return;
    const double raised = random.uniform(set.share[0], set.share[1]);
    for (std::int64_t i = 0; i < sample.size(); ++i) {
      if (!labels.on_ground(sample.label[i]) || !random.chance(raised)) continue;
      sample.point(i)[2] += static_cast<float>(set.lift + set.scale * random_gamma(random, set.shape));
      sample.label[i] = labels.object;
    }
  };
}

}  // namespace treewalk
