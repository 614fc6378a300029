// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <pcl/PCLPointCloud2.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>

namespace treewalk_ros {

/// A depth camera's view of a table with two boxes and two balls on it, by casting rays: 600 x 300 points, x right,
/// y down, z forward, in metres, with 1 mm of noise; NaN where a ray hits nothing. The seed moves the objects.
class TableScene {
 public:
  explicit TableScene(unsigned seed = 0) : random_(seed) {
    std::uniform_real_distribution<double> shift(-0.05, 0.05);
    for (Box& box : boxes_)
      for (int axis = 0; axis < 2; ++axis) {
        const double by = shift(random_);
        box.low[axis] += by;
        box.high[axis] += by;
      }
    for (Ball& ball : balls_)
      for (int axis = 0; axis < 2; ++axis) ball.center[axis] += shift(random_);
  }

  pcl::PCLPointCloud2 cloud() {
    constexpr int width = 600, height = 300;
    constexpr double focal = 520;
    std::normal_distribution<double> noise(0, 0.001);
    pcl::PCLPointCloud2 blob;
    blob.width = width;
    blob.height = height;
    blob.point_step = 16;  // as PCL stores a PointXYZ
    blob.row_step = width * blob.point_step;
    blob.is_dense = false;
    for (const char* name : {"x", "y", "z"}) {
      pcl::PCLPointField field;
      field.name = name;
      field.offset = static_cast<pcl::uindex_t>(4 * blob.fields.size());
      field.datatype = pcl::PCLPointField::FLOAT32;
      field.count = 1;
      blob.fields.push_back(field);
    }
    blob.data.resize(static_cast<std::size_t>(blob.row_step) * height);
    for (int v = 0; v < height; ++v)
      for (int u = 0; u < width; ++u) {
        const Vector ray{(u - width / 2) / focal, (v - height / 2) / focal, 1};
        const double depth = cast(ray) + noise(random_);
        std::array<float, 4> point{};
        for (std::size_t axis = 0; axis < 3; ++axis)
          point[axis] =
              std::isfinite(depth) ? static_cast<float>(depth * ray[axis]) : std::numeric_limits<float>::quiet_NaN();
        std::memcpy(blob.data.data() + (static_cast<std::size_t>(v) * width + u) * 16, point.data(), 16);
      }
    return blob;
  }

 private:
  using Vector = std::array<double, 3>;
  struct Box {
    Vector low, high;
  };
  struct Ball {
    Vector center;
    double radius;
  };
  static constexpr double far = std::numeric_limits<double>::infinity();

  static double dot(const Vector& a, const Vector& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

  // How far along the ray, in depths: the camera's z of a ray is 1. The table's z is up, its top at 0.
  double cast(const Vector& ray) const {
    const double tilt = 0.61, sine = std::sin(tilt), cosine = std::cos(tilt);
    const Vector eye{0, -1.0, 0.7};
    const Vector way{ray[0], cosine * ray[2] - sine * ray[1], -sine * ray[2] - cosine * ray[1]};
    double nearest = far;
    if (const double t = -eye[2] / way[2]; t > 0)  // the table is 1.6 m wide and 1.2 m deep
      if (std::abs(eye[0] + t * way[0]) < 0.8 && std::abs(eye[1] + t * way[1]) < 0.6) nearest = t;
    for (const Box& box : boxes_) nearest = std::min(nearest, hit(box, eye, way));
    for (const Ball& ball : balls_) nearest = std::min(nearest, hit(ball, eye, way));
    return nearest;
  }

  static double hit(const Box& box, const Vector& eye, const Vector& way) {
    double enter = 0, leave = far;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const double a = (box.low[axis] - eye[axis]) / way[axis], b = (box.high[axis] - eye[axis]) / way[axis];
      enter = std::max(enter, std::min(a, b));
      leave = std::min(leave, std::max(a, b));
    }
    return enter <= leave ? enter : far;
  }

  static double hit(const Ball& ball, const Vector& eye, const Vector& way) {
    const Vector to{ball.center[0] - eye[0], ball.center[1] - eye[1], ball.center[2] - eye[2]};
    const double along = dot(to, way) / dot(way, way);
    const double root = along * along - (dot(to, to) - ball.radius * ball.radius) / dot(way, way);
    return root < 0 ? far : along - std::sqrt(root);
  }

  std::mt19937 random_;
  std::array<Box, 2> boxes_{{{{-0.35, -0.10, 0}, {-0.15, 0.05, 0.18}}, {{0.10, 0.15, 0}, {0.40, 0.30, 0.10}}}};
  std::array<Ball, 2> balls_{{{{0.10, -0.15, 0.06}, 0.06}, {{-0.10, 0.25, 0.09}, 0.09}}};
};

}  // namespace treewalk_ros
