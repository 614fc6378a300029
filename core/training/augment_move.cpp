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
  std::array<double, 2> range;
  bool log;
  double draw(RandomStream& random) const {
    return log ? random.log_uniform(range[0], range[1]) : random.uniform(range[0], range[1]);
  }
};

Factor read_factor(StrictObject& settings, const char* distribution) {
  const auto range = read_range(settings, "range", {1, 1}, 1e-3, 1e3);
  return {range, settings.choose("distribution", distribution, {"uniform", "log"}) == "log"};
}

}  // namespace

Change read_quantisation(const Json& value, const std::string& where, const std::vector<std::string>&) {
  StrictObject settings = change_settings(value, where, "half_width");
  const double probability = read_probability(settings);
  const double half_width = settings.get_in<double>("half_width", 0.25, 0, 1e6);
  const int axis = settings.choose("axis", "y", {"x", "y", "z"})[0] - 'x';
  settings.finish();
  return [=](Sample& sample, RandomStream& random) {
    if (!random.chance(probability)) return;
    for (std::int64_t i = 0; i < sample.size(); ++i)
      sample.point(i)[axis] += static_cast<float>(random.uniform(-half_width, half_width));
  };
}

Change read_stretch(const Json& value, const std::string& where, const std::vector<std::string>&) {
  StrictObject settings = change_settings(value, where, "range");
  const double probability = read_probability(settings);
  const Factor factor = read_factor(settings, "log");
  settings.finish();
  return [=](Sample& sample, RandomStream& random) {
    if (!random.chance(probability)) return;
    const double x = factor.draw(random), y = factor.draw(random), z = factor.draw(random);
    sample.transform(diagonal(x, y, z));
  };
}

/// p += sum of a d sin(w.q + phase) with q = (p - middle) / radius, |w| in "frequency", |a| up to "amplitude" / |w|
/// radii: a smooth bend of the whole shape. Normals by the inverse transpose of the Jacobian, here from its cofactors.
Change read_warp(const Json& value, const std::string& where, const std::vector<std::string>&) {
  StrictObject settings = change_settings(value, where, "amplitude");
  const double probability = read_probability(settings);
  const double amplitude = settings.get_in<double>("amplitude", 0.35, 0, 0.9);
  const auto frequency = read_range(settings, "frequency", {1, 4}, 1e-3, 1e3);
  const int terms = settings.get_in<int>("terms", 4, 1, 100);
  settings.finish();
  return [=](Sample& sample, RandomStream& random) {
    if (!random.chance(probability)) return;
    struct Wave {
      Vector3 wave, direction;
      double phase;
    };
    std::vector<Wave> waves;
    for (int t = 0; t < terms; ++t) {
      const double length = random.uniform(frequency[0], frequency[1]);
      const double size = random.uniform(0, amplitude) / length;
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

Change read_turn(const Json& value, const std::string& where, const std::vector<std::string>&) {
  StrictObject settings = change_settings(value, where, "angle");
  const double probability = read_probability(settings);
  const double angle = settings.get_in<double>("angle", kPi, 0, 3.1416);
  const std::string axis = settings.choose("axis", "z", {"x", "y", "z"});
  settings.finish();
  return [=](Sample& sample, RandomStream& random) {
    if (!random.chance(probability)) return;
    sample.transform(
        rotation({axis == "x" ? 1.0 : 0, axis == "y" ? 1.0 : 0, axis == "z" ? 1.0 : 0}, random.uniform(-angle, angle)));
  };
}

Change read_roll(const Json& value, const std::string& where, const std::vector<std::string>&) {
  StrictObject settings = change_settings(value, where, "angle");
  const double probability = read_probability(settings);
  const double angle = settings.get_in<double>("angle", kPi, 0, 3.1416);
  settings.finish();
  return [=](Sample& sample, RandomStream& random) {
    if (!random.chance(probability)) return;
    sample.transform(rotation(viewing_axis(sample), random.uniform(-angle, angle)));
  };
}

Change read_tilt(const Json& value, const std::string& where, const std::vector<std::string>&) {
  StrictObject settings = change_settings(value, where, "sigma");
  const double probability = read_probability(settings);
  const double sigma = settings.get_in<double>("sigma", 0.2, 0, 10);
  settings.finish();
  return [=](Sample& sample, RandomStream& random) {
    if (!random.chance(probability)) return;
    const Vector3 axis = random_direction(random);
    sample.transform(rotation(axis, sigma * random.normal()));
  };
}

Change read_mirror(const Json& value, const std::string& where, const std::vector<std::string>&) {
  StrictObject settings = change_settings(value, where, "probability");
  const double probability = read_probability(settings, 0.5);
  const std::string axes = settings.get<std::string>("axes", "x");
  if (axes.empty() || axes.find_first_not_of("xyz") != std::string::npos)
    settings.fail("axes", "must name axes such as \"x\" or \"xyz\", but is \"" + axes + "\"");
  settings.finish();
  return [=](Sample& sample, RandomStream& random) {
    Vector3 sign{1, 1, 1};
    for (const char axis : axes)
      if (random.chance(probability)) sign[axis - 'x'] = -1;
    if (sign != Vector3{1, 1, 1}) sample.transform(diagonal(sign[0], sign[1], sign[2]));
  };
}

Change read_scale(const Json& value, const std::string& where, const std::vector<std::string>&) {
  StrictObject settings = change_settings(value, where, "range");
  const double probability = read_probability(settings);
  const Factor factor = read_factor(settings, "uniform");
  settings.finish();
  return [=](Sample& sample, RandomStream& random) {
    if (!random.chance(probability)) return;
    const double size = factor.draw(random);
    sample.transform(diagonal(size, size, size));
  };
}

Change read_scale_z(const Json& value, const std::string& where, const std::vector<std::string>&) {
  StrictObject settings = change_settings(value, where, "range");
  const double probability = read_probability(settings);
  const Factor factor = read_factor(settings, "log");
  settings.finish();
  return [=](Sample& sample, RandomStream& random) {
    if (!random.chance(probability)) return;
    sample.transform(diagonal(1, 1, factor.draw(random)));
  };
}

Change read_jitter(const Json& value, const std::string& where, const std::vector<std::string>&) {
  Json object = value.is_object() ? value : Json{{"sigma", value}};
  if (object.contains("sigma") && object["sigma"].is_number()) object["sigma"] = Json{0, object["sigma"]};
  StrictObject settings(object, where);
  const double probability = read_probability(settings);
  const auto sigma = read_range(settings, "sigma", {0, 0}, 0, 1e6);
  const double cut = settings.get_in<double>("cut", 4, 0.1, 100);
  settings.finish();
  return [=](Sample& sample, RandomStream& random) {
    if (!random.chance(probability)) return;
    const double width = random.uniform(sigma[0], sigma[1]);
    for (float& coordinate : sample.position)
      coordinate += static_cast<float>(width * std::clamp(random.normal(), -cut, cut));
  };
}

Change read_shift(const Json& value, const std::string& where, const std::vector<std::string>&) {
  StrictObject settings = change_settings(value, where, "half_width");
  const double probability = read_probability(settings);
  const double half_width = settings.get_in<double>("half_width", 0, 0, 1e6);
  settings.finish();
  return [=](Sample& sample, RandomStream& random) {
    if (!random.chance(probability)) return;
    Vector3 move;
    for (double& m : move) m = random.uniform(-half_width, half_width);
    for (std::int64_t i = 0; i < sample.size(); ++i)
      for (int a = 0; a < 3; ++a) sample.point(i)[a] = static_cast<float>(sample.point(i)[a] + move[a]);
  };
}

}  // namespace treewalk
