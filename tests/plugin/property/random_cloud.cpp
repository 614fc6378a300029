// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "tests/plugin/property/random_cloud.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace treewalk::test {
namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float inf = std::numeric_limits<float>::infinity();

template <typename T>
void shuffle(Dice& dice, std::vector<T>& values) {
  for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[dice.below(i)]);
}

// Few points most of the time, as their combinations hold the surprises; but large where large clouds are asked for.
std::size_t random_size(Dice& dice, std::size_t most) {
  const double share = most > 1000 ? 1 : dice.unit();
  return std::min<std::size_t>(most, share < 0.1   ? dice.below(3)
                                     : share < 0.7 ? dice.below(30)
                                                   : dice.below(std::max<std::size_t>(1, most) + 1));
}

std::vector<Position> random_points(Dice& dice, std::size_t count) {
  const double size = std::exp(dice.between(-3, 4));
  const bool steps = dice.chance(0.5);  // heights that lie on the borders of classes
  const std::uint64_t kind = dice.below(6);
  const Position far = dice.chance(0.3) ? Position{445000, 4984000, 100} : Position{0, 0, 0};
  const double slope[3] = {dice.between(-1, 1), dice.between(-1, 1), dice.between(-1, 1)};
  std::vector<Position> points;
  for (std::size_t i = 0; i < count; ++i) {
    double at[3] = {dice.between(-size, size), dice.between(-size, size), dice.between(-size, size)};
    if (kind == 1) at[2] = dice.below(2) * slope[2] + slope[0] * at[0] + slope[1] * at[1];  // one or two planes
    if (kind == 2) at[1] = slope[1] * at[0], at[2] = slope[2] * at[0];                      // a line
    if (kind == 3) at[2] = 0;
    Position point;
    for (std::size_t axis = 0; axis < 3; ++axis)
      point[axis] = static_cast<float>((steps ? std::round(at[axis] * 8) / 8 : at[axis]) + far[axis]);
    if (i > 0 && (kind == 4 || (kind == 5 && dice.chance(0.8)))) point = points[kind == 4 ? 0 : dice.below(i)];
    points.push_back(point);
  }
  return points;
}

void make_holes(Dice& dice, Scene& scene) {
  const std::uint64_t pattern = dice.below(5);
  if (pattern == 0 || scene.points.empty()) return;
  const auto hole = [&](Position& point) {
    const float values[] = {nan, inf, -inf};
    const float value = values[dice.below(3)];
    if (dice.chance(0.3))
      point.fill(value);
    else
      point[dice.below(3)] = value;
  };
  if (pattern == 1) {  // everywhere
    for (Position& point : scene.points) hole(point);
  } else if (pattern == 2) {  // a run, as at the border of an image
    const std::size_t from = dice.below(scene.points.size());
    for (std::size_t i = from; i < std::min(scene.points.size(), from + scene.width); ++i) hole(scene.points[i]);
  } else if (pattern == 3) {  // one axis
    const std::size_t axis = dice.below(3);
    for (Position& point : scene.points)
      if (dice.chance(0.2)) point[axis] = nan;
  } else {
    const double share = dice.unit();
    for (Position& point : scene.points)
      if (dice.chance(share)) hole(point);
  }
}

}  // namespace

Scene random_scene(Dice& dice, std::size_t most_points) {
  Scene scene;
  std::size_t count = random_size(dice, most_points);
  if (dice.chance(0.5) && count > 1) {
    scene.width = static_cast<std::uint32_t>(1 + dice.below(count));
    scene.height = static_cast<std::uint32_t>(count / scene.width);
    count = static_cast<std::size_t>(scene.width) * scene.height;
  } else {
    scene.width = static_cast<std::uint32_t>(count);
  }
  scene.points = random_points(dice, count);
  make_holes(dice, scene);
  scene.is_dense = std::all_of(scene.points.begin(), scene.points.end(), is_finite) != dice.chance(0.3);
  scene.header.frame_id = dice.chance(0.5) ? "lidar" : "";
  scene.header.seq = static_cast<std::uint32_t>(dice.below(1000));
  scene.header.stamp = dice.below(1000000);
  scene.origin = Eigen::Vector4f(static_cast<float>(dice.unit()), 2, 3, 0);
  return scene;
}

BlobLayout random_layout(Dice& dice) {
  std::vector<std::string> names{"x", "y", "z"};
  for (std::uint64_t extra = dice.below(6); extra > 0; --extra) names.push_back("extra" + std::to_string(extra));
  shuffle(dice, names);
  using Field = pcl::PCLPointField;
  const std::uint8_t types[] = {Field::INT8,  Field::UINT8, Field::INT16,  Field::UINT16,  Field::INT32,  Field::UINT32,
                                Field::INT64, Field::BOOL,  Field::UINT64, Field::FLOAT32, Field::FLOAT64};
  BlobLayout layout;
  for (const std::string& name : names) {
    const auto gap = static_cast<std::uint32_t>(dice.chance(0.3) ? dice.below(8) : 0);
    if (name.size() == 1)
      layout.add(name, dice.chance(0.5) ? Field::FLOAT64 : Field::FLOAT32, 1, gap);
    else
      layout.add(name, types[dice.below(11)], static_cast<std::uint32_t>(dice.below(4)), gap);
  }
  return layout.end(static_cast<std::uint32_t>(dice.below(9)),
                    static_cast<std::uint32_t>(dice.chance(0.5) ? dice.below(16) : 0));
}

pcl::Indices random_indices(Dice& dice, std::size_t points) {
  pcl::Indices indices = all_indices(points);
  shuffle(dice, indices);
  if (dice.chance(0.8)) indices.resize(dice.below(points + 1));
  return indices;
}

RandomOptions random_options(Dice& dice, std::size_t points) {
  RandomOptions options;
  if (dice.chance(0.6)) options.indices = random_indices(dice, points);
  options.negative = dice.chance(0.5);
  const float values[] = {nan, 0, 4.5f, inf, -1e30f};
  options.user_value = values[dice.below(5)];
  if (dice.chance(0.5))
    options.min_confidence = static_cast<float>(dice.chance(0.5) ? dice.below(17) / 16.0 : dice.unit());
  for (const std::uint32_t id : {9, 1, 2})
    if (dice.chance(0.4)) options.classes.push_back(id);
  return options;
}

void for_each_seed(int block, int blocks, int clouds, const std::function<void(std::uint64_t)>& body) {
  if (const char* total = std::getenv("TREEWALK_PROPERTY_CLOUDS")) clouds = std::atoi(total);
  if (const char* alone = std::getenv("TREEWALK_PROPERTY_SEED")) {
    if (block == 0) body(std::strtoull(alone, nullptr, 10));
    return;
  }
  for (int i = block; i < clouds; i += blocks) {
    const auto seed = static_cast<std::uint64_t>(i);
    SCOPED_TRACE("TREEWALK_PROPERTY_SEED=" + std::to_string(seed) + " repeats this cloud alone");
    body(seed);
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace treewalk::test
