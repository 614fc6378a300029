// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Changes that move the whole cloud, or every point a little.
#include <algorithm>
#include <cmath>

#include "core/training/augment_change.h"

namespace treewalk {

namespace {

/// The direction from the viewpoint to the middle of the points; z where both coincide.
Vector3 viewing_axis(const Sample& sample) {
  Vector3 sum{0, 0, 0};
  for (std::int64_t i = 0; i < sample.size(); ++i)
    for (int a = 0; a < 3; ++a) sum[a] += sample.point(i)[a];
  Vector3 axis;
  for (int a = 0; a < 3; ++a) axis[a] = sum[a] / static_cast<double>(sample.size()) - sample.viewpoint[a];
  const double length = std::hypot(axis[0], axis[1], axis[2]);
  if (!(length > 1e-12)) return {0, 0, 1};
  return {axis[0] / length, axis[1] / length, axis[2] / length};
}

Matrix3 diagonal(double x, double y, double z) { return {{{x, 0, 0}, {0, y, 0}, {0, 0, z}}}; }

/// A factor from a range, "log" (all ratios alike) or "uniform".
struct Factor {
  Interval range;
  bool log;
  double draw(RandomStream& random) const {
    return log ? random.log_uniform(range[0], range[1]) : random.uniform(range[0], range[1]);
  }
};

}  // namespace

Change change_of(const Quantisation& set) {
  return [=](Sample& sample, RandomStream& random) {
    if (!random.chance(set.probability)) return;
    for (std::int64_t i = 0; i < sample.size(); ++i)
      sample.point(i)[set.axis] += static_cast<float>(random.uniform(-set.half_width, set.half_width));
  };
}

Change change_of(const Stretch& set) {
  const Factor factor{set.range, set.log};
  return [=](Sample& sample, RandomStream& random) {
    if (!random.chance(set.probability)) return;
    const double x = factor.draw(random), y = factor.draw(random), z = factor.draw(random);
    sample.transform(diagonal(x, y, z));
  };
}

/// p += sum of a d sin(w.q + phase) with q = (p - middle) / radius, |w| in "frequency", |a| up to "amplitude" / |w|
/// radii: a smooth bend of the whole shape. Normals by the inverse transpose of the Jacobian, here from its cofactors.
Change change_of(const Warp& set) {
  return [=](Sample& sample, RandomStream& random) {
    if (!random.chance(set.probability)) return;
    struct Wave {
      Vector3 wave, direction;
      double phase;
    };
    std::vector<Wave> waves;
    for (int t = 0; t < set.terms; ++t) {
      const double length = random.uniform(set.frequency[0], set.frequency[1]);
      const double size = random.uniform(0, set.amplitude) / length;
      const Vector3 w = random_direction(random), d = random_direction(random);
      waves.push_back({{w[0] * length, w[1] * length, w[2] * length},
                       {d[0] * size, d[1] * size, d[2] * size},
                       random.uniform(0, 2 * kPi)});
    }
    const Bounds box = sample.bounds();
    const Vector3 middle = box.middle();
    const double radius = box.longest_side() / 2;
    if (!(radius > 0)) return;
    float* normal = sample.normal();
    for (std::int64_t i = 0; i < sample.size(); ++i) {
      float* p = sample.point(i);
      const Vector3 q{(p[0] - middle[0]) / radius, (p[1] - middle[1]) / radius, (p[2] - middle[2]) / radius};
      Matrix3 jacobian = diagonal(1, 1, 1);
      Vector3 move{0, 0, 0};
      for (const Wave& wave : waves) {
        const double angle = wave.wave[0] * q[0] + wave.wave[1] * q[1] + wave.wave[2] * q[2] + wave.phase;
        const double s = std::sin(angle), c = std::cos(angle);
        for (int a = 0; a < 3; ++a) {
          move[a] += wave.direction[a] * s;
          for (int b = 0; b < 3; ++b) jacobian[a][b] += wave.direction[a] * c * wave.wave[b];
        }
      }
      for (int a = 0; a < 3; ++a) p[a] = static_cast<float>(middle[a] + radius * (q[a] + move[a]));
      if (normal != nullptr) turn_normal(normal + 3 * i, jacobian);
    }
  };
}

Change change_of(const Turn& set) {
  Vector3 axis{0, 0, 0};
  axis[set.axis] = 1;
  return [=](Sample& sample, RandomStream& random) {
    if (!random.chance(set.probability)) return;
    sample.transform(rotation(axis, random.uniform(-set.angle, set.angle)));
  };
}

Change change_of(const Roll& set) {
  return [=](Sample& sample, RandomStream& random) {
    if (!random.chance(set.probability)) return;
    sample.transform(rotation(viewing_axis(sample), random.uniform(-set.angle, set.angle)));
  };
}

Change change_of(const Tilt& set) {
  return [=](Sample& sample, RandomStream& random) {
    if (!random.chance(set.probability)) return;
    const Vector3 axis = random_direction(random);
    sample.transform(rotation(axis, set.sigma * random.normal()));
  };
}

Change change_of(const Mirror& set) {
  return [=](Sample& sample, RandomStream& random) {
    Vector3 sign{1, 1, 1};
    for (const char axis : set.axes)
      if (random.chance(set.probability)) sign[axis - 'x'] = -1;
    if (sign != Vector3{1, 1, 1}) sample.transform(diagonal(sign[0], sign[1], sign[2]));
  };
}

Change change_of(const Scale& set) {
  const Factor factor{set.range, set.log};
  return [=](Sample& sample, RandomStream& random) {
    if (!random.chance(set.probability)) return;
    const double size = factor.draw(random);
    sample.transform(diagonal(size, size, size));
  };
}

Change change_of(const ScaleZ& set) {
  const Factor factor{set.range, set.log};
  return [=](Sample& sample, RandomStream& random) {
    if (!random.chance(set.probability)) return;
    sample.transform(diagonal(1, 1, factor.draw(random)));
  };
}

Change change_of(const Jitter& set) {
  return [=](Sample& sample, RandomStream& random) {
    if (!random.chance(set.probability)) return;
    const double width = random.uniform(set.sigma[0], set.sigma[1]);
    for (float& coordinate : sample.position)
      coordinate += static_cast<float>(width * std::clamp(random.normal(), -set.cut, set.cut));
  };
}

Change change_of(const Shift& set) {
  return [=](Sample& sample, RandomStream& random) {
    if (!random.chance(set.probability)) return;
    Vector3 move;
    for (double& m : move) m = random.uniform(-set.half_width, set.half_width);
    for (std::int64_t i = 0; i < sample.size(); ++i)
      for (int a = 0; a < 3; ++a) sample.point(i)[a] = static_cast<float>(sample.point(i)[a] + move[a]);
  };
}

}  // namespace treewalk
