// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Changes that put objects on the ground; the points they move get the objects' class.
#include <algorithm>
#include <cmath>

#include "core/training/augment_draft.h"

namespace treewalk {

namespace {

constexpr double kPi = 3.14159265358979323846;

/// The classes that a change names, as labels.
struct Labels {
  std::vector<bool> ground;
  std::int8_t object;
  bool on_ground(std::int8_t label) const { return label >= 0 && ground[label]; }
};

/// The recipe has been checked: every name is one of the classes.
template <class Set>
Labels labels_of(const Set& set, const std::vector<std::string>& classes) {
  const auto index = [&](const std::string& name) {
    return std::find(classes.begin(), classes.end(), name) - classes.begin();
  };
  Labels labels{std::vector<bool>(classes.size(), false), static_cast<std::int8_t>(index(set.object))};
  for (const std::string& name : set.ground) labels.ground[index(name)] = true;
  return labels;
}

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

void build(Draft& draft, const Buildings& set, const Labels& labels, ChangeStream& stream) {
  const float* at = draft.point(stream.integer(0, draft.size() - 1));
  Rectangle base{at[0], at[1], 0, 0, 0, 0};
  const double angle = stream.uniform(0, kPi);
  base.cosine = std::cos(angle);
  base.sine = std::sin(angle);
  base.half_u = stream.log_uniform(set.half_size[0], set.half_size[1]);
  base.half_v = stream.log_uniform(set.half_size[0], set.half_size[1]);
  const double height = stream.uniform(set.height[0], set.height[1]);
  const bool gabled = stream.chance(set.gabled);
  const double pitch = stream.uniform(set.pitch[0], set.pitch[1]);

  std::vector<std::int64_t> inside;
  std::vector<float> ground;
  for (std::int64_t i = 0; i < draft.size(); ++i) {
    if (!base.holds(draft.point(i))) continue;
    inside.push_back(i);
    if (labels.on_ground(draft.label[i])) ground.push_back(draft.point(i)[2]);
  }
  if (ground.empty() || static_cast<double>(inside.size()) > set.share * static_cast<double>(draft.size())) return;
  const double roof = median(std::move(ground)) + height;

  // The ridge of a gable runs along the longer side; the roof falls to the eaves at `roof`.
  const bool along_u = base.half_u >= base.half_v;
  const double half = along_u ? base.half_v : base.half_u;
  float* normal = draft.normal();
  for (const std::int64_t i : inside) {
    const auto uv = base.own(draft.point(i));
    const double across = along_u ? uv[1] : uv[0];
    draft.point(i)[2] = static_cast<float>(roof + (gabled ? pitch * (half - std::fabs(across)) : 0));
    draft.label[i] = labels.object;
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
  const Labels labels = labels_of(set, classes);
  return [=](Draft& draft, ChangeStream& stream) {
    if (!stream.chance(set.probability)) return;
    const auto count = stream.integer(std::llround(set.count[0]), std::llround(set.count[1]));
    for (std::int64_t b = 0; b < count; ++b) build(draft, set, labels, stream);
  };
}

Change change_of(const Vegetation& set, const std::vector<std::string>& classes) {
  const Labels labels = labels_of(set, classes);
  return [=](Draft& draft, ChangeStream& stream) {
    if (!stream.chance(set.probability)) return;
    const double raised = stream.uniform(set.share[0], set.share[1]);
    for (std::int64_t i = 0; i < draft.size(); ++i) {
      if (!labels.on_ground(draft.label[i]) || !stream.chance(raised)) continue;
      draft.point(i)[2] += static_cast<float>(set.lift + set.scale * stream.gamma(set.shape));
      draft.label[i] = labels.object;
    }
  };
}

}  // namespace treewalk
