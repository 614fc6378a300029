// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "tests/sequoia_reference/surfaces.h"

#include <ATen/ATen.h>

#include <array>
#include <cmath>
#include <random>

namespace treewalk::sequoia_reference {
namespace {

using Vector = std::array<double, 3>;

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  double uniform(double low, double high) { return low + (high - low) * double(engine_() >> 11) * 0x1p-53; }
  Vector direction() {
    for (;;) {
      const Vector v{uniform(-1, 1), uniform(-1, 1), uniform(-1, 1)};
      const double square = v[0] * v[0] + v[1] * v[1] + v[2] * v[2];
      if (square > 0.01 && square < 1)
        return {v[0] / std::sqrt(square), v[1] / std::sqrt(square), v[2] / std::sqrt(square)};
    }
  }

 private:
  std::mt19937_64 engine_;
};

struct Sample {
  Vector position, normal;
};

Sample on_ellipsoid(Random& random, const Vector& half) {
  const Vector d = random.direction();
  return {{half[0] * d[0], half[1] * d[1], half[2] * d[2]}, {d[0] / half[0], d[1] / half[1], d[2] / half[2]}};
}

Sample on_torus(Random& random, double tube) {
  const double u = random.uniform(0, 2 * M_PI), v = random.uniform(0, 2 * M_PI), ring = 1 + tube * std::cos(v);
  return {{ring * std::cos(u), ring * std::sin(u), tube * std::sin(v)},
          {std::cos(v) * std::cos(u), std::cos(v) * std::sin(u), std::sin(v)}};
}

Sample on_box(Random& random, const Vector& half) {
  const double yz = half[1] * half[2], xz = half[0] * half[2], xy = half[0] * half[1];
  const double choice = random.uniform(0, yz + xz + xy);
  const int axis = choice < yz ? 0 : choice < yz + xz ? 1 : 2;
  Sample sample{{}, {0, 0, 0}};
  for (int a = 0; a < 3; ++a) sample.position[a] = random.uniform(-half[a], half[a]);
  const double side = random.uniform(-1, 1) < 0 ? -1 : 1;
  sample.position[axis] = side * half[axis];
  sample.normal[axis] = side;
  return sample;
}

/// Radius 1 + depth * sin(4 x) sin(4 y) sin(4 z) along the direction (x,y,z).
Sample on_wavy_ball(Random& random, double depth) {
  const Vector d = random.direction();
  const double s[3] = {std::sin(4 * d[0]), std::sin(4 * d[1]), std::sin(4 * d[2])};
  const double radius = 1 + depth * s[0] * s[1] * s[2];
  Vector gradient;
  double along = 0;
  for (int a = 0; a < 3; ++a) {
    gradient[a] = 4 * depth * std::cos(4 * d[a]) * s[(a + 1) % 3] * s[(a + 2) % 3];
    along += gradient[a] * d[a];
  }
  Sample sample;
  for (int a = 0; a < 3; ++a) {
    sample.position[a] = radius * d[a];
    sample.normal[a] = radius * d[a] - (gradient[a] - along * d[a]);
  }
  return sample;
}

/// Rows of a rotation matrix.
std::array<Vector, 3> random_frame(Random& random) {
  const Vector x = random.direction();
  Vector y = random.direction();
  const double along = x[0] * y[0] + x[1] * y[1] + x[2] * y[2];
  double length = 0;
  for (int a = 0; a < 3; ++a) length += (y[a] - along * x[a]) * (y[a] - along * x[a]);
  for (int a = 0; a < 3; ++a) y[a] = (y[a] - along * x[a]) / std::sqrt(length);
  return {x, y, {x[1] * y[2] - x[2] * y[1], x[2] * y[0] - x[0] * y[2], x[0] * y[1] - x[1] * y[0]}};
}

}  // namespace

Surface made_up_surface(int kind, std::int64_t points, std::uint64_t seed) {
  Random random(seed * kSurfaceKinds + kind);
  const Vector half{1, random.uniform(0.5, 1), random.uniform(0.4, 1)};
  const double tube = random.uniform(0.2, 0.5), depth = random.uniform(0.2, 0.5);
  const auto frame = random_frame(random);
  at::Tensor position = at::empty({points, 3}, at::kDouble), normal = at::empty({points, 3}, at::kDouble);
  for (std::int64_t i = 0; i < points; ++i) {
    const Sample sample = kind == 0   ? on_ellipsoid(random, half)
                          : kind == 1 ? on_torus(random, tube)
                          : kind == 2 ? on_box(random, half)
                                      : on_wavy_ball(random, depth);
    for (int a = 0; a < 3; ++a) {
      const Vector& row = frame[a];
      const auto turned = [&](const Vector& v) { return row[0] * v[0] + row[1] * v[1] + row[2] * v[2]; };
      position.data_ptr<double>()[3 * i + a] = turned(sample.position);
      normal.data_ptr<double>()[3 * i + a] = turned(sample.normal);
    }
  }
  position = position - position.mean(0, true);
  position = position / position.square().sum(1).sqrt().max();
  normal = normal / normal.square().sum(1, true).sqrt();
  return {position.to(at::kFloat), normal.to(at::kFloat)};
}

}  // namespace treewalk::sequoia_reference
