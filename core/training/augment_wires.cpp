// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Power lines over the ground, made of its points.
#include <algorithm>
#include <cmath>
#include <vector>

#include "core/training/augment_change.h"
#include "core/training/augment_labels.h"

namespace treewalk {

namespace {

/// A vertical plane through a place on the map; `along` and `across` are a point's distances in it and from it.
struct Line {
  double x, y, cosine, sine;
  double along(const float* p) const { return (p[0] - x) * cosine + (p[1] - y) * sine; }
  double across(const float* p) const { return (p[1] - y) * cosine - (p[0] - x) * sine; }
};

/// The line z = at + slope * along that fits the points best.
struct Profile {
  double at = 0, slope = 0;
};

Profile profile_of(const Sample& sample, const Line& line, const std::vector<std::int64_t>& points) {
  double n = 0, t = 0, z = 0, tt = 0, tz = 0;
  for (const auto i : points) {
    const float* p = sample.point(i);
    const double along = line.along(p);
    n += 1, t += along, z += p[2], tt += along * along, tz += along * p[2];
  }
  const double spread = n * tt - t * t;
  Profile profile;
  profile.slope = spread > 1e-6 * n * n ? (n * tz - t * z) / spread : 0;
  profile.at = (z - profile.slope * t) / n;
  return profile;
}

void hang(Sample& sample, const Wires& set, const ObjectLabels& labels, RandomStream& random) {
  const float* at = sample.point(random.integer(0, sample.size() - 1));
  const double angle = random.uniform(0, kPi);
  const Line line{at[0], at[1], std::cos(angle), std::sin(angle)};
  const auto conductors = random.integer(std::llround(set.conductors[0]), std::llround(set.conductors[1]));
  const double height = random.uniform(set.height[0], set.height[1]), span = random.log_uniform(60, 400);
  const double sag = random.uniform(0, set.sag) * span, phase = random.uniform(0, span);
  const double share = random.log_uniform(set.share[0], set.share[1]), spacing = random.uniform(0.5, set.spacing);

  for (std::int64_t c = 0; c < conductors; ++c) {
    const double middle = (static_cast<double>(c) - 0.5 * static_cast<double>(conductors - 1)) * spacing;
    const double own_height = height + random.uniform(0, set.spacing);
    std::vector<std::int64_t> below;
    for (std::int64_t i = 0; i < sample.size(); ++i)
      if (labels.on_ground(sample.label[i]) && std::fabs(line.across(sample.point(i)) - middle) <= 0.5 * set.width)
        below.push_back(i);
    if (below.empty()) continue;
    const Profile ground = profile_of(sample, line, below);
    for (const auto i : below) {
      if (!random.chance(share)) continue;
      float* p = sample.point(i);
      const double along = line.along(p), move = middle - line.across(p);
      const double place = (along + phase) / span, within = 2 * (place - std::floor(place)) - 1;  // -1 to 1 a span
      p[0] = static_cast<float>(p[0] - move * line.sine);
      p[1] = static_cast<float>(p[1] + move * line.cosine);
      p[2] = static_cast<float>(ground.at + ground.slope * along + own_height + sag * within * within);
      sample.label[i] = labels.object;
      if (float* normal = sample.normal()) std::fill_n(normal + 3 * i, 3, 0.0f);
    }
  }
}

}  // namespace

Change change_of(const Wires& set, const std::vector<std::string>& classes) {
  const auto labels = object_labels(set, classes);
  return [=](Sample& sample, RandomStream& random) {
    if (!random.chance(set.probability)) return;
    const auto count = random.integer(std::llround(set.count[0]), std::llround(set.count[1]));
    for (std::int64_t k = 0; k < count; ++k) hang(sample, set, labels, random);
  };
}

}  // namespace treewalk
