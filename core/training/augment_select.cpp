// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Changes that leave points out.
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "core/training/augment_change.h"

namespace treewalk {

namespace {

Vector3 random_point(const Sample& sample, RandomStream& random) {
  const float* p = sample.point(random.integer(0, sample.size() - 1));
  return {p[0], p[1], p[2]};
}

/// A point of a class that is drawn evenly from those of the sample; any where no point has one.
Vector3 point_of_any_class(const Sample& sample, RandomStream& random) {
  std::array<std::int64_t, 128> count{};
  for (const auto label : sample.label)
    if (label >= 0) ++count[label];
  std::vector<int> present;
  for (int c = 0; c < 128; ++c)
    if (count[c] > 0) present.push_back(c);
  if (present.empty()) return random_point(sample, random);
  const int chosen = present[random.below(static_cast<std::uint32_t>(present.size()))];
  auto left = random.integer(0, count[chosen] - 1);
  std::int64_t i = 0;
  while (sample.label[i] != chosen || left-- > 0) ++i;
  const float* p = sample.point(i);
  return {p[0], p[1], p[2]};
}

std::int64_t share_of(const Sample& sample, double share) {
  return std::max<std::int64_t>(1, std::llround(share * static_cast<double>(sample.size())));
}

std::vector<float> squared_distances(const Sample& sample, const Vector3& centre) {
  const std::array<float, 3> c{static_cast<float>(centre[0]), static_cast<float>(centre[1]),
                               static_cast<float>(centre[2])};
  std::vector<float> distance(sample.label.size());
  for (std::int64_t i = 0; i < sample.size(); ++i) {
    const float* p = sample.point(i);
    const float x = p[0] - c[0], y = p[1] - c[1], z = p[2] - c[2];
    distance[i] = (x * x + y * y) + z * z;
  }
  return distance;
}

void crop_ball(Sample& sample, double share, RandomStream& random) {
  sample.centre = random_point(sample, random);
  sample.keep_smallest(squared_distances(sample, *sample.centre), share_of(sample, share));
}

void crop_half_space(Sample& sample, double share, RandomStream& random) {
  const Vector3 direction = random_direction(random);
  std::vector<float> along(sample.label.size());
  for (std::int64_t i = 0; i < sample.size(); ++i) {
    const float* p = sample.point(i);
    along[i] = static_cast<float>(p[0] * direction[0] + p[1] * direction[1] + p[2] * direction[2]);
  }
  sample.keep_smallest(along, share_of(sample, share));
}

/// Larger of the horizontal distances: the points below a value form a square.
std::vector<float> square_distances(const Sample& sample, const Vector3& centre) {
  std::vector<float> distance(sample.label.size());
  for (std::int64_t i = 0; i < sample.size(); ++i) {
    const float* p = sample.point(i);
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
  return [=](Sample& sample, RandomStream& random) {
    if (!random.chance(set.probability)) return;
    const bool take_ball = random.chance(0.5) ? ball : !half_space;
    const auto& share = take_ball ? ball_share : half_share;
    const double kept = random.uniform(share[0], share[1]);
    take_ball ? crop_ball(sample, kept, random) : crop_half_space(sample, kept, random);
  };
}

Change change_of(const Square& set) {
  return [=](Sample& sample, RandomStream& random) {
    if (!random.chance(set.probability)) return;
    const bool even = set.even > 0 && random.chance(set.even);
    sample.centre = even ? point_of_any_class(sample, random) : random_point(sample, random);
    const std::vector<float> distance = square_distances(sample, *sample.centre);
    if (!set.half_size) {
      const double wanted = set.points * std::exp(random.uniform(set.spread[0], set.spread[1]));
      sample.keep_smallest(distance, std::llround(std::min(wanted, 1e12)));
      return;
    }
    const double half = random.uniform((*set.half_size)[0], (*set.half_size)[1]);
    std::vector<std::uint8_t> mark(distance.size());
    for (std::size_t i = 0; i < mark.size(); ++i) mark[i] = distance[i] <= half;
    sample.keep(mark);
  };
}

Change change_of(const PointDropout& set) {
  return [=](Sample& sample, RandomStream& random) {
    if (!random.chance(set.probability)) return;
    double low = set.keep[0];
    if (set.density > 0) {  // thin no further than to this many points per square of the ground
      const Bounds box = sample.bounds();
      const double area = box.side(0) * box.side(1);
      low = std::clamp(set.density * area / static_cast<double>(sample.size()), low, set.keep[1]);
    }
    const double rate = set.log ? random.log_uniform(low, set.keep[1]) : random.uniform(low, set.keep[1]);
    std::vector<std::uint8_t> mark(sample.label.size());
    for (std::uint8_t& m : mark) m = random.chance(rate);
    sample.keep(mark);
  };
}

Change change_of(const EmptyBlocks& set) {
  return [=](Sample& sample, RandomStream& random) {
    if (!random.chance(set.probability)) return;
    const double share = random.uniform(0, set.share);
    const Vector3 phase{random.uniform(), random.uniform(), random.uniform()};
    const std::uint64_t high = random.word(), salt = high << 32 | random.word();
    const double scale = 1 / set.size;
    std::vector<std::uint8_t> mark(sample.label.size());
    for (std::int64_t i = 0; i < sample.size(); ++i) {
      std::uint64_t hash = salt;  // of the block: every block is drawn once, however many points it has
      for (int a = 0; a < 3; ++a)
        hash = mix(hash ^ static_cast<std::uint64_t>(std::llround(std::floor(sample.point(i)[a] * scale + phase[a]))));
      mark[i] = static_cast<double>(hash >> 11) * 0x1p-53 >= share;
    }
    sample.keep(mark);
  };
}

Change change_of(const Forget& set) {
  return [=](Sample& sample, RandomStream& random) {
    for (const auto& field : set.field) {
      if (!random.chance(set.probability)) continue;
      auto& column = sample.column;
      column.erase(std::remove_if(column.begin(), column.end(), [&](const auto& c) { return c.name == field; }),
                   column.end());
    }
  };
}

Change change_of(const Gain& set) {
  return [=](Sample& sample, RandomStream& random) {
    if (!random.chance(set.probability)) return;
    const auto [low, high] = set.range;
    const auto factor = static_cast<float>(set.log ? random.log_uniform(low, high) : random.uniform(low, high));
    for (auto& column : sample.column)
      if (column.name == "intensity")
        for (float& x : column.value) x *= factor;
  };
}

Change change_of(const Limit& set) {
  return [=](Sample& sample, RandomStream&) {
    if (sample.size() <= set.points) return;
    sample.keep_smallest(squared_distances(sample, sample.centre.value_or(sample.bounds().middle())), set.points);
  };
}

}  // namespace treewalk
