// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "tests/plugin/conformance/scene.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace treewalk::test {

bool is_finite(const Position& point) {
  return std::isfinite(point[0]) && std::isfinite(point[1]) && std::isfinite(point[2]);
}

Scene example_scene(bool holes) {
  Scene scene;
  scene.width = 6;
  scene.height = 4;
  for (int i = 0; i < 24; ++i)
    scene.points.push_back({static_cast<float>(i), 0.5f, -3.0f + static_cast<float>((i * 7) % 24) / 8});
  scene.header.frame_id = "lidar";
  scene.header.seq = 7;
  scene.header.stamp = 99;
  if (holes) {
    scene.points[5][2] = std::numeric_limits<float>::quiet_NaN();
    scene.points[11][0] = -std::numeric_limits<float>::infinity();
    scene.is_dense = false;
  }
  return scene;
}

Scene unorganised(Scene scene) {
  scene.width = static_cast<std::uint32_t>(scene.points.size());
  scene.height = 1;
  return scene;
}

Scene first_points(const Scene& scene, std::size_t count) { return points_at(scene, all_indices(count)); }

Scene points_at(const Scene& scene, const pcl::Indices& indices) {
  Scene result = scene;
  result.points.clear();
  for (const auto index : indices) result.points.push_back(scene.points[static_cast<std::size_t>(index)]);
  return unorganised(std::move(result));
}

pcl::Indices all_indices(std::size_t count) {
  pcl::Indices indices(count);
  std::iota(indices.begin(), indices.end(), 0);
  return indices;
}

pcl::Indices finite_indices(const Scene& scene) {
  pcl::Indices indices;
  for (std::size_t i = 0; i < scene.points.size(); ++i)
    if (is_finite(scene.points[i])) indices.push_back(static_cast<pcl::index_t>(i));
  return indices;
}

Split split_of(const Scene& scene, const std::vector<bool>& chosen, const pcl::Indices& queries, bool negative) {
  Split split;
  for (const auto query : queries) {
    const auto at = static_cast<std::size_t>(query);
    (is_finite(scene.points[at]) && chosen[at] != negative ? split.kept : split.removed).push_back(query);
  }
  std::sort(split.kept.begin(), split.kept.end());
  std::sort(split.removed.begin(), split.removed.end());
  return split;
}

std::vector<double> fake_heights(const Scene& scene) {
  double least = std::numeric_limits<double>::infinity();
  for (const Position& point : scene.points)
    if (is_finite(point)) least = std::min(least, static_cast<double>(point[2]));
  std::vector<double> heights;
  for (const Position& point : scene.points) heights.push_back(is_finite(point) ? point[2] - least : 0);
  return heights;
}

}  // namespace treewalk::test
