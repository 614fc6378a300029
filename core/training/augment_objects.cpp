// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Changes that put objects on the ground; the points they move get the objects' class.
#include <algorithm>
#include <cmath>

#include "core/training/augment_change.h"

namespace treewalk {

namespace {

std::int8_t class_index(StrictObject& settings, const std::string& key, const std::string& name,
                        const std::vector<std::string>& classes) {
  const auto found = std::find(classes.begin(), classes.end(), name);
  if (found == classes.end())
    settings.fail(key,
                  "names the class \"" + name + "\", which the recipe does not have; it has " + quoted_list(classes));
  return static_cast<std::int8_t>(found - classes.begin());
}

std::int8_t read_class(StrictObject& settings, const std::string& key, const std::vector<std::string>& classes) {
  return class_index(settings, key, settings.require<std::string>(key), classes);
}

/// The classes that one name or a list of names stands for.
struct ClassSet {
  std::vector<bool> member;
  bool holds(std::int8_t label) const { return label >= 0 && member[label]; }
};

ClassSet read_classes(StrictObject& settings, const std::string& key, const std::vector<std::string>& classes) {
  ClassSet set{std::vector<bool>(classes.size(), false)};
  const Json value = settings.raw(key);
  const auto names = value.is_array() ? settings.require<std::vector<std::string>>(key)
                                      : std::vector<std::string>{settings.require<std::string>(key)};
  for (const std::string& name : names) set.member[class_index(settings, key, name, classes)] = true;
  return set;
}

struct BuildingSettings {
  double probability, share, gabled;
  std::array<double, 2> half_size, height, pitch;
  std::array<double, 2> count;
  ClassSet ground;
  std::int8_t object;
};

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

void build(Sample& sample, const BuildingSettings& set, RandomStream& random) {
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
    if (set.ground.holds(sample.label[i])) ground.push_back(sample.point(i)[2]);
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
    sample.label[i] = set.object;
    if (normal == nullptr) continue;
    const double fall = gabled ? std::copysign(pitch, across) / std::sqrt(1 + pitch * pitch) : 0;
    const double x = along_u ? -base.sine : base.cosine, y = along_u ? base.cosine : base.sine;
    normal[3 * i] = static_cast<float>(fall * x);
    normal[3 * i + 1] = static_cast<float>(fall * y);
    normal[3 * i + 2] = static_cast<float>(std::sqrt(1 - fall * fall));
  }
}

}  // namespace

Change read_buildings(const Json& value, const std::string& where, const std::vector<std::string>& classes) {
  StrictObject settings(value, where);
  BuildingSettings set;
  set.probability = read_probability(settings);
  set.count = read_range(settings, "count", {1, 4}, 1, 1000);
  set.half_size = read_range(settings, "half_size", {3, 35}, 1e-6, 1e6);
  set.height = read_range(settings, "height", {2.5, 15}, -1e6, 1e6);
  set.pitch = read_range(settings, "pitch", {0.2, 0.7}, 0, 100);
  set.gabled = settings.get_in<double>("gabled", 0.5, 0, 1);
  set.share = settings.get_in<double>("share", 0.4, 0, 1);
  set.ground = read_classes(settings, "ground", classes);
  set.object = read_class(settings, "class", classes);
  settings.finish();
  return [set](Sample& sample, RandomStream& random) {
    if (!random.chance(set.probability)) return;
    const auto count = random.integer(std::llround(set.count[0]), std::llround(set.count[1]));
    for (std::int64_t b = 0; b < count; ++b) build(sample, set, random);
  };
}

Change read_vegetation(const Json& value, const std::string& where, const std::vector<std::string>& classes) {
  StrictObject settings(value, where);
  const double probability = read_probability(settings);
  const auto share = read_range(settings, "share", {0.02, 0.2}, 0, 1);
  const double lift = settings.get_in<double>("lift", 0.7, 0, 1e6);
  const double shape = settings.get_in<double>("shape", 1.5, 1, 100);
  const double scale = settings.get_in<double>("scale", 1.5, 0, 1e6);
  const ClassSet ground = read_classes(settings, "ground", classes);
  const std::int8_t plant = read_class(settings, "class", classes);
  settings.finish();
  return [=](Sample& sample, RandomStream& random) {
    if (!random.chance(probability)) return;
    const double raised = random.uniform(share[0], share[1]);
    for (std::int64_t i = 0; i < sample.size(); ++i) {
      if (!ground.holds(sample.label[i]) || !random.chance(raised)) continue;
      sample.point(i)[2] += static_cast<float>(lift + scale * random_gamma(random, shape));
      sample.label[i] = plant;
    }
  };
}

}  // namespace treewalk
