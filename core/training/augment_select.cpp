// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Changes that leave points out.
#include <algorithm>
#include <cmath>

#include "core/training/augment_draft.h"

namespace treewalk {

namespace {

Vector3 random_point(const Draft& draft, ChangeStream& stream) {
  const float* p = draft.point(stream.integer(0, draft.size() - 1));
  return {p[0], p[1], p[2]};
}

std::int64_t share_of(const Draft& draft, double share) {
  return std::max<std::int64_t>(1, std::llround(share * static_cast<double>(draft.size())));
}

std::vector<float> squared_distances(const Draft& draft, const Vector3& centre) {
  const std::array<float, 3> c{static_cast<float>(centre[0]), static_cast<float>(centre[1]),
                               static_cast<float>(centre[2])};
  std::vector<float> distance(draft.label.size());
  for (std::int64_t i = 0; i < draft.size(); ++i) {
    const float* p = draft.point(i);
    const float x = p[0] - c[0], y = p[1] - c[1], z = p[2] - c[2];
    distance[i] = (x * x + y * y) + z * z;
  }
  return distance;
}

void crop_ball(Draft& draft, double share, ChangeStream& stream) {
  draft.centre = random_point(draft, stream);
  draft.keep_smallest(squared_distances(draft, *draft.centre), share_of(draft, share));
}

void crop_half_space(Draft& draft, double share, ChangeStream& stream) {
  const Vector3 direction = stream.direction();
  std::vector<float> along(draft.label.size());
  for (std::int64_t i = 0; i < draft.size(); ++i) {
    const float* p = draft.point(i);
    along[i] = static_cast<float>(p[0] * direction[0] + p[1] * direction[1] + p[2] * direction[2]);
  }
  draft.keep_smallest(along, share_of(draft, share));
}

/// Larger of the horizontal distances: the points below a value form a square.
std::vector<float> square_distances(const Draft& draft, const Vector3& centre) {
  std::vector<float> distance(draft.label.size());
  for (std::int64_t i = 0; i < draft.size(); ++i) {
    const float* p = draft.point(i);
    distance[i] = static_cast<float>(std::max(std::fabs(p[0] - centre[0]), std::fabs(p[1] - centre[1])));
  }
  return distance;
}

}  // namespace

Change change_of(const Crop& set) {
  const bool both = set.ball.has_value() == set.half_space.has_value();
  const bool ball = both || set.ball, half_space = both || set.half_space;
  const auto ball_share = set.ball.value_or(Interval{0.25, 0.8});
  const auto half_share = set.half_space.value_or(Interval{0.35, 0.9});
  return [=](Draft& draft, ChangeStream& stream) {
    if (!stream.chance(set.probability)) return;
    const bool take_ball = stream.chance(0.5) ? ball : !half_space;
    const auto& share = take_ball ? ball_share : half_share;
    const double kept = stream.uniform(share[0], share[1]);
    take_ball ? crop_ball(draft, kept, stream) : crop_half_space(draft, kept, stream);
  };
}

Change change_of(const Square& set) {
  return [=](Draft& draft, ChangeStream& stream) {
    if (!stream.chance(set.probability)) return;
    draft.centre = random_point(draft, stream);
    const std::vector<float> distance = square_distances(draft, *draft.centre);
    if (!set.half_size) {
      const double wanted = set.points * std::exp(stream.uniform(set.spread[0], set.spread[1]));
      draft.keep_smallest(distance, std::llround(std::min(wanted, 1e12)));
      return;
    }
    const double half = stream.uniform((*set.half_size)[0], (*set.half_size)[1]);
    std::vector<std::uint8_t> mark(distance.size());
    for (std::size_t i = 0; i < mark.size(); ++i) mark[i] = distance[i] <= half;
    draft.keep(mark);
  };
}

Change change_of(const PointDropout& set) {
  return [=](Draft& draft, ChangeStream& stream) {
    if (!stream.chance(set.probability)) return;
    double low = set.keep[0];
    if (set.density > 0) {  // thin no further than to this many points per square of the ground
      const Draft::Box box = draft.box();
      const double area = box.extent(0) * box.extent(1);
      low = std::clamp(set.density * area / static_cast<double>(draft.size()), low, set.keep[1]);
    }
    const double rate = set.log ? stream.log_uniform(low, set.keep[1]) : stream.uniform(low, set.keep[1]);
    std::vector<std::uint8_t> mark(draft.label.size());
    for (std::uint8_t& m : mark) m = stream.chance(rate);
    draft.keep(mark);
  };
}

Change change_of(const EmptyBlocks& set) {
  return [=](Draft& draft, ChangeStream& stream) {
    if (!stream.chance(set.probability)) return;
    const double share = stream.uniform(0, set.share);
    const Vector3 phase{stream.uniform(), stream.uniform(), stream.uniform()};
    const std::uint64_t salt = std::uint64_t{stream.bits()} << 32 | stream.bits();
    const double scale = 1 / set.size;
    std::vector<std::uint8_t> mark(draft.label.size());
    for (std::int64_t i = 0; i < draft.size(); ++i) {
      std::uint64_t hash = salt;  // of the block: every block is drawn once, however many points it has
      for (int a = 0; a < 3; ++a)
        hash = mix(hash ^ static_cast<std::uint64_t>(std::llround(std::floor(draft.point(i)[a] * scale + phase[a]))));
      mark[i] = static_cast<double>(hash >> 11) * 0x1p-53 >= share;
    }
    draft.keep(mark);
  };
}

Change change_of(const Forget& set) {
  return [=](Draft& draft, ChangeStream& stream) {
    if (!stream.chance(set.probability)) return;
    auto& column = draft.column;
    column.erase(std::remove_if(column.begin(), column.end(), [&](const auto& c) { return c.name == set.field; }),
                 column.end());
  };
}

Change change_of(const Limit& set) {
  return [=](Draft& draft, ChangeStream&) {
    if (draft.size() <= set.points) return;
    draft.keep_smallest(squared_distances(draft, draft.centre.value_or(draft.box().middle())), set.points);
  };
}

}  // namespace treewalk
