// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Changes of the ground's form: every point moves in z by a height field, labels stay.
#include <algorithm>
#include <cmath>

#include "core/training/augment_change.h"

namespace treewalk {

namespace {

/// A height over the map and its gradient.
struct Height {
  double z, dx, dy;
};

template <class Field>
void raise_by(Sample& sample, const Field& field) {
  float* normal = sample.normal();
  for (std::int64_t i = 0; i < sample.size(); ++i) {
    float* p = sample.point(i);
    const Height height = field(p[0], p[1]);
    p[2] = static_cast<float>(p[2] + height.z);
    if (normal != nullptr) turn_normal(normal + 3 * i, {{{1, 0, 0}, {0, 1, 0}, {height.dx, height.dy, 1}}});
  }
}

/// A height along a coordinate s, and its slope dz/ds.
struct Profile {
  double z, slope;
};

/// H * clip(s / w, 0, 1)
Profile step(double s, double height, double width) {
  if (s <= 0) return {0, 0};
  if (s >= width) return {height, 0};
  return {height * s / width, height / width};
}

/// A break of slope across a bent line: one step, a staircase, or a ridge or ditch.
struct Break {
  double x, y, cosine, sine;        ///< a point of the line and the direction across it
  double bend, wave_number, phase;  ///< s is bent by bend * sin(wave_number * t + phase), t along the line
  double height, width;             ///< of one step, and how far it takes to rise
  int steps = 1;                    ///< 0: a ridge (height < 0: a ditch)
  double period = 0, half_crest = 0;

  Profile profile(double s) const {
    if (steps == 0) {
      const double t = 1 + (half_crest - std::fabs(s)) / width;
      if (t <= 0) return {0, 0};
      if (t >= 1) return {height, 0};
      return {height * t, s < 0 ? height / width : -height / width};
    }
    Profile sum{0, 0};
    for (int k = 0; k < steps; ++k) {
      const Profile one = step(s - k * period, height, width);
      sum.z += one.z;
      sum.slope += one.slope;
    }
    return sum;
  }
  Height operator()(double px, double py) const {
    const double dx = px - x, dy = py - y;
    const double angle = wave_number * (dy * cosine - dx * sine) + phase;
    const Profile p = profile(dx * cosine + dy * sine + bend * std::sin(angle));
    const double turn = bend * wave_number * std::cos(angle);
    return {p.z, p.slope * (cosine - turn * sine), p.slope * (sine + turn * cosine)};
  }
};

Break draw_break(const Sample& sample, const Relief& set, RandomStream& random) {
  const float* at = sample.point(random.integer(0, sample.size() - 1));
  const double angle = random.uniform(0, 2 * kPi);
  Break line{};
  line.x = at[0];
  line.y = at[1];
  line.cosine = std::cos(angle);
  line.sine = std::sin(angle);
  line.bend = random.uniform(0, set.bend);
  line.wave_number = 2 * kPi / random.uniform(set.wave_length[0], set.wave_length[1]);
  line.phase = random.uniform(0, 2 * kPi);
  line.height = random.log_uniform(set.height[0], set.height[1]);
  line.width = line.height / random.log_uniform(set.gradient[0], set.gradient[1]);
  line.period = line.width + random.uniform(set.tread[0], set.tread[1]);
  line.half_crest = random.uniform(set.half_crest[0], set.half_crest[1]);
  line.steps = 1;
  const double kind = random.uniform();
  if (kind < set.step_share) return line;
  if (kind < set.step_share + set.staircase_share) {
    line.steps = static_cast<int>(random.integer(1, set.steps));
    return line;
  }
  line.steps = 0;
  if (random.chance(0.5)) line.height = -line.height;
  return line;
}

}  // namespace

Change change_of(const Slope& set) {
  return [=](Sample& sample, RandomStream& random) {
    if (!random.chance(set.probability)) return;
    const double chosen = set.strength[random.integer(0, static_cast<std::int64_t>(set.strength.size()) - 1)];
    const double gx = chosen * random.normal(), gy = chosen * random.normal();
    const Vector3 middle = sample.bounds().middle();
    raise_by(sample, [&](double x, double y) { return Height{gx * (x - middle[0]) + gy * (y - middle[1]), gx, gy}; });
  };
}

Change change_of(const Sines& set) {
  return [=](Sample& sample, RandomStream& random) {
    if (!random.chance(set.probability)) return;
    for (int s = 0; s < set.count; ++s) {
      const double length = random.uniform(set.wave_length[0], set.wave_length[1]);
      const double size = random.uniform(0, set.amplitude) * length;
      const double angle = random.uniform(0, 2 * kPi), phase = random.uniform(0, 2 * kPi);
      const double kx = 2 * kPi / length * std::cos(angle), ky = 2 * kPi / length * std::sin(angle);
      raise_by(sample, [&](double x, double y) {
        const double at = kx * x + ky * y + phase, slope = size * std::cos(at);
        return Height{size * std::sin(at), slope * kx, slope * ky};
      });
    }
  };
}

Change change_of(const Relief& set) {
  return [=](Sample& sample, RandomStream& random) {
    if (!random.chance(set.probability)) return;
    const auto count = random.integer(std::llround(set.count[0]), std::llround(set.count[1]));
    for (std::int64_t c = 0; c < count; ++c) raise_by(sample, draw_break(sample, set, random));
  };
}

}  // namespace treewalk
