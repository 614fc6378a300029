// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "drawing/camera.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace program {

namespace {

constexpr double degree = 3.14159265358979323846 / 180;
constexpr std::size_t sample_size = 20000;  ///< points that decide on the view

double dot(const Vec3& a, const Vec3& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
Vec3 cross(const Vec3& a, const Vec3& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}
Vec3 minus(const Vec3& a, const Vec3& b) { return {a[0] - b[0], a[1] - b[1], a[2] - b[2]}; }
Vec3 plus(const Vec3& a, const Vec3& b, double times) {
  return {a[0] + b[0] * times, a[1] + b[1] * times, a[2] + b[2] * times};
}
Vec3 unit(const Vec3& a) {
  const double length = std::sqrt(dot(a, a));
  return length > 0 ? Vec3{a[0] / length, a[1] / length, a[2] / length} : Vec3{0, 1, 0};
}

/// Some of the points, in no regular step (scans have rows), and the outermost in 26 directions.
std::vector<Vec3> sample(const Drawing& drawing) {
  const std::size_t n = drawing.size();
  std::vector<Vec3> points;
  const auto add = [&](std::size_t i) {
    const auto& p = drawing.position[i];
    points.push_back({p[0], p[1], p[2]});
  };
  std::uint64_t state = 1;
  for (std::size_t k = 0; k < std::min(n, sample_size); ++k) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    add(n <= sample_size ? k : (state >> 11) % n);
  }
  for (int direction = 0; direction < 27 && n > sample_size; ++direction) {
    const std::array<float, 3> d{static_cast<float>(direction % 3 - 1), static_cast<float>(direction / 3 % 3 - 1),
                                 static_cast<float>(direction / 9 - 1)};
    std::size_t outermost = 0;
    float most = -std::numeric_limits<float>::infinity();
    for (std::size_t i = 0; i < n; ++i) {
      const auto& p = drawing.position[i];
      const float at = d[0] * p[0] + d[1] * p[1] + d[2] * p[2];
      if (at > most) most = at, outermost = i;
    }
    add(outermost);
  }
  return points;
}

struct Range {
  double low = 0, high = 0;
  double middle() const { return (low + high) / 2; }
  double length() const { return high - low; }
};

/// Nearly all of the values: a few far-off points must not shrink the rest to a dot.
template <class F>
Range range_of(const std::vector<Vec3>& points, double tail, const F& value) {
  std::vector<double> all;
  for (const Vec3& p : points) all.push_back(value(p));
  if (all.empty()) return {};
  const auto at = [&](double q) {
    const auto n = static_cast<std::ptrdiff_t>(std::lround(q * static_cast<double>(all.size() - 1)));
    std::nth_element(all.begin(), all.begin() + n, all.end());
    return all[static_cast<std::size_t>(n)];
  };
  const Range whole{at(0), at(1)}, most{at(tail), at(1 - tail)};
  return whole.length() < 1.25 * most.length() ? whole : most;
}

/// Axes from a line of sight and a direction that shall point up in the picture.
void look(Camera& camera, const Vec3& forward, const Vec3& up) {
  camera.forward = unit(forward);
  Vec3 right = cross(camera.forward, up);
  if (dot(right, right) < 1e-12) right = cross(camera.forward, {0, 1, 1e-3});
  camera.right = unit(right);
  camera.down = cross(camera.forward, camera.right);
}

/// Camera at the sensor, turned and zoomed to the cloud. False when the sensor stood amid the points.
bool look_from_sensor(Camera& camera, const Drawing& drawing, const std::vector<Vec3>& points, const Frame& frame) {
  camera.eye = {drawing.sensor[0], drawing.sensor[1], drawing.sensor[2]};
  Vec3 sight{0, 0, 0};
  for (const Vec3& p : points) sight = plus(sight, unit(minus(p, camera.eye)), 1);
  sight = unit(sight);
  const Vec3 up{drawing.up[0], drawing.up[1], drawing.up[2]};
  for (int round = 0; round < 3; ++round) {  // turns the middle of the field of view to the picture's middle
    look(camera, sight, up);
    const auto tangent = [&](const Vec3& axis) {
      return range_of(points, 0.002, [&](const Vec3& p) {
        const Vec3 d = minus(p, camera.eye);
        return dot(d, axis) / std::max(dot(d, camera.forward), 1e-9);
      });
    };
    const Range x = tangent(camera.right), y = tangent(camera.down);
    if (!(x.length() < 4 && y.length() < 4)) return false;
    sight = plus(plus(camera.forward, camera.right, x.middle()), camera.down, y.middle());
    camera.focal = std::min((frame.right - frame.left) / std::max(x.length(), 1e-6),
                            (frame.bottom - frame.top) / std::max(y.length(), 1e-6));
  }
  return true;
}

/// Degrees from south towards east, such that the cloud's longer side runs across the picture.
double good_azimuth(const std::vector<Vec3>& points) {
  double mx = 0, my = 0, xx = 0, xy = 0, yy = 0;
  for (const Vec3& p : points) mx += p[0] / points.size(), my += p[1] / points.size();
  for (const Vec3& p : points) {
    xx += (p[0] - mx) * (p[0] - mx);
    xy += (p[0] - mx) * (p[1] - my);
    yy += (p[1] - my) * (p[1] - my);
  }
  const double spread = std::hypot(xx - yy, 2 * xy);
  if (spread < 0.15 * (xx + yy)) return 25;  // no longer side: a corner view
  return 0.5 * std::atan2(2 * xy, xx - yy) / degree;
}

}  // namespace

Camera choose_camera(const Drawing& drawing, const Frame& frame, std::optional<double> azimuth,
                     std::optional<double> elevation) {
  Camera camera;
  camera.center_x = (frame.left + frame.right) / 2;
  camera.center_y = (frame.top + frame.bottom) / 2;
  const auto points = sample(drawing);
  if (points.empty()) return camera;
  if (drawing.has_sensor && !azimuth && !elevation && look_from_sensor(camera, drawing, points, frame)) return camera;

  Range extent[3];
  for (int a = 0; a < 3; ++a) extent[a] = range_of(points, 0.01, [a](const Vec3& p) { return p[a]; });
  const double across = std::max(extent[0].length(), extent[1].length());
  const double rise = elevation.value_or(extent[2].length() < 0.5 * across ? 42 : 20) * degree;
  const double turn = azimuth ? *azimuth * degree : good_azimuth(points) * degree;
  look(camera, {-std::sin(turn) * std::cos(rise), std::cos(turn) * std::cos(rise), -std::sin(rise)}, {0, 0, 1});

  constexpr double field_of_view = 32 * degree;
  const double width = frame.right - frame.left, height = frame.bottom - frame.top;
  camera.focal = height / 2 / std::tan(field_of_view / 2);
  Vec3 target{extent[0].middle(), extent[1].middle(), extent[2].middle()};
  double distance = std::max(2 * std::hypot(across, extent[2].length()), 1e-3);
  for (int round = 0; round < 8; ++round) {  // moves sideways and nearer until nearly all points just fit
    camera.eye = plus(target, camera.forward, -distance);
    const auto pixels = [&](const Vec3& axis) {
      return range_of(points, 0.001, [&](const Vec3& p) {
        const Vec3 d = minus(p, camera.eye);
        return camera.focal * dot(d, axis) / std::max(dot(d, camera.forward), 0.05 * distance);
      });
    };
    const Range x = pixels(camera.right), y = pixels(camera.down);
    target = plus(plus(target, camera.right, x.middle() * distance / camera.focal), camera.down,
                  y.middle() * distance / camera.focal);
    distance = std::max(distance * std::max({x.length() / width, y.length() / height, 0.05}), 1e-4);
  }
  camera.eye = plus(target, camera.forward, -distance);
  return camera;
}

}  // namespace program
