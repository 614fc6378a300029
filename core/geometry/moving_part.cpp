// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/geometry/moving_part.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace treewalk {
namespace {

constexpr float kGone = std::numeric_limits<float>::infinity();

/// x of a point, which another thread may be moving to infinity.
float read_x(const float* x) {
  float value;
  __atomic_load(x, &value, __ATOMIC_RELAXED);
  return value;
}

float* x_of(const MapPart& part, std::size_t place) {
  return const_cast<float*>(part.memory.tree.point) + place / kFan * 3 * kFan + place % kFan;
}

}  // namespace

void NumberedPoints::append(const NumberedPoints& others) {
  const auto before = static_cast<std::int32_t>(size());
  position.insert(position.end(), others.position.begin(), others.position.end());
  for (const std::int32_t one : others.name) name.push_back(before + one);
  number.insert(number.end(), others.number.begin(), others.number.end());
}

MapPart::MapPart(NumberedPoints points, std::uint32_t first, Division division)
    : number(std::move(points.number)), first_name(first), live(size()) {
  if (live == 0) return;
  for (std::int32_t& name : points.name)
    name = static_cast<std::int32_t>(static_cast<std::uint32_t>(name) + first_name);
  memory = build_box_tree(points.position.data(), live, points.name.data(), division);
  place = raw<std::uint32_t>(live);
  parallel_pieces(live, 1 << 15, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    for (std::int64_t at = begin; at < end; ++at) place[memory.index[at] - first_name] = static_cast<std::uint32_t>(at);
  });
}

bool MapPart::remove(std::int64_t name) {
  float* const x = x_of(*this, place[name]);
  if (*x == kGone) return false;
  __atomic_store(x, &kGone, __ATOMIC_RELAXED);
  --live;
  return true;
}

std::int64_t MapPart::remove_numbers(const std::vector<std::int64_t>& numbers) {
  const std::int64_t before = live;
  auto at = number.begin();
  for (const std::int64_t one : numbers) {
    // Steps that double, as the next number is near.
    std::ptrdiff_t step = 1;
    while (number.end() - at > step && at[step] < one) at += step, step *= 2;
    at = std::lower_bound(at, number.end() - at > step ? at + step + 1 : number.end(), one);
    if (at == number.end()) break;
    if (*at == one) remove(at - number.begin());
  }
  return before - live;
}

std::int64_t MapPart::remove_oldest(std::int64_t count, std::vector<std::int64_t>* numbers) {
  const std::int64_t most = std::min(count, live);
  if (numbers != nullptr) numbers->reserve(numbers->size() + static_cast<std::size_t>(std::max<std::int64_t>(most, 0)));
  for (std::int64_t removed = 0; removed < most; ++first_live) {
    if (!remove(first_live)) continue;
    ++removed;
    if (numbers != nullptr) numbers->push_back(number[first_live]);
  }
  return std::max<std::int64_t>(most, 0);
}

std::int64_t MapPart::remove_by_box(const double* box, bool inside, std::vector<std::int64_t>* numbers) {
  const std::int64_t before = live;
  if (live == 0) return 0;
  const auto holds = [&](const float* at, std::int64_t stride) {
    for (int axis = 0; axis < 3; ++axis)
      if (!(at[axis * stride] >= box[axis] && at[axis * stride] <= box[3 + axis])) return false;
    return true;
  };
  for (std::uint32_t leaf = 0; leaf < memory.tree.leaves; ++leaf) {
    const float* bounds = memory.tree.box[0] + leaf / kFan * std::size_t{6 * kFan} + leaf % kFan;
    bool apart = false;
    for (int axis = 0; axis < 3; ++axis)
      apart = apart || !(bounds[(3 + axis) * kFan] >= box[axis] && bounds[axis * kFan] <= box[3 + axis]);
    if (inside ? apart : holds(bounds, kFan) && holds(bounds + 3 * kFan, kFan)) continue;
    const std::size_t first = std::size_t{leaf} * kFan;
    for (std::size_t place = first; place < first + kFan; ++place) {
      const std::uint32_t name = memory.tree.index[place];
      const float* const at = x_of(*this, place);
      if (name == kNoPoint || *at == kGone || holds(at, kFan) != inside) continue;
      if (numbers != nullptr) numbers->push_back(number[name - first_name]);
      remove(name - first_name);
    }
  }
  return before - live;
}

void MapPart::append(NumberedPoints& to, std::int64_t from_number) const {
  const std::int64_t first = std::lower_bound(number.begin(), number.end(), from_number) - number.begin();
  const auto places = static_cast<std::size_t>(std::int64_t{memory.tree.leaves} * kFan);
  // By a bit of each name first, so that what is taken away meanwhile is there or not there as a whole.
  std::vector<std::int32_t> named(number.size(), -1);
  const auto wanted = [&](std::size_t at) {
    const std::uint32_t name = memory.tree.index[at];
    return name != kNoPoint && std::int64_t{name - first_name} >= first;
  };
  std::vector<float> x(places);
  for (std::size_t at = 0; at < places; ++at) {
    x[at] = wanted(at) ? read_x(x_of(*this, at)) : kGone;
    if (x[at] != kGone) named[memory.tree.index[at] - first_name] = 0;
  }
  auto next = static_cast<std::int32_t>(to.size());
  for (std::size_t name = static_cast<std::size_t>(first); name < named.size(); ++name) {
    if (named[name] < 0) continue;
    named[name] = next++;
    to.number.push_back(number[name]);
  }
  for (std::size_t at = 0; at < places; ++at) {
    if (x[at] == kGone) continue;
    const float* point = x_of(*this, at);
    to.position.insert(to.position.end(), {x[at], point[kFan], point[2 * kFan]});
    to.name.push_back(named[memory.tree.index[at] - first_name]);
  }
}

}  // namespace treewalk
