// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <pcl/PCLHeader.h>
#include <pcl/types.h>

#include <Eigen/Geometry>
#include <array>
#include <cstdint>
#include <vector>

namespace treewalk::test {

using Position = std::array<float, 3>;

/// A cloud as tests think of it, before it takes the form of a point type or of a blob.
struct Scene {
  std::vector<Position> points;
  std::uint32_t width = 0;
  std::uint32_t height = 1;
  bool is_dense = true;  ///< as the cloud says, which may be a lie
  pcl::PCLHeader header;
  Eigen::Vector4f origin{1, 2, 3, 0};
  Eigen::Quaternionf orientation{0, 1, 0, 0};
};

bool is_finite(const Position& point);

/// Organised, 6 x 4. Heights go from -3 to 0 by steps of 1/8, not in order; no two points lie at one place. With
/// `holes`, point 5 has z = NaN and point 11 x = -infinity, and `is_dense` is false.
Scene example_scene(bool holes);

/// The same points in one row.
Scene unorganised(Scene scene);

/// The first `count` points in one row.
Scene first_points(const Scene& scene, std::size_t count);

/// The points at `indices`, in that order, in one row.
Scene points_at(const Scene& scene, const pcl::Indices& indices);

/// 0, 1, ... count - 1.
pcl::Indices all_indices(std::size_t count);

/// The indices of the finite points.
pcl::Indices finite_indices(const Scene& scene);

/// What a filter does with the points that it is asked about; both ascending.
struct Split {
  pcl::Indices kept, removed;
};

/// chosen: whether a point passes the filter, for each point of the scene. Non-finite points are always removed.
Split split_of(const Scene& scene, const std::vector<bool>& chosen, const pcl::Indices& queries, bool negative);

/// The heights of the fake session: z above the least z of all finite points; 0 for a point that is not finite.
std::vector<double> fake_heights(const Scene& scene);

}  // namespace treewalk::test
