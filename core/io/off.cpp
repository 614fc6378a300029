// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/io/off.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace treewalk {
namespace {

using Vector = std::array<double, 3>;

Vector between(const Vector& from, const Vector& to) { return {to[0] - from[0], to[1] - from[1], to[2] - from[2]}; }
Vector cross(const Vector& a, const Vector& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}
double length(const Vector& a) { return std::hypot(a[0], a[1], a[2]); }

/// A generator of its own (SplitMix64), so that points stay the same from one standard library to the next.
class Random {
 public:
  Random(std::uint64_t seed, const std::string& name) : state_(14695981039346656037u) {
    for (int byte = 0; byte < 8; ++byte) mix(static_cast<unsigned char>(seed >> (8 * byte)));
    for (const char c : name) mix(static_cast<unsigned char>(c));
  }
  /// [0,1) with 53 bits.
  double uniform() {
    state_ += 0x9E3779B97F4A7C15u;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
  }

 private:
  void mix(unsigned char byte) { state_ = (state_ ^ byte) * 1099511628211u; }  // FNV-1a
  std::uint64_t state_;
};

}  // namespace

Cloud sample_mesh(const Mesh& mesh, std::int64_t points, std::uint64_t seed, const std::string& name) {
  if (points < 1 || points > 1'000'000'000)
    throw Error("the number of points of a mesh must be from 1 to 1000000000, but is " + std::to_string(points));
  std::vector<double> sum;  // area of the triangles up to and with this one
  sum.reserve(mesh.triangle.size());
  double total = 0;
  for (const auto& [a, b, c] : mesh.triangle)
    sum.push_back(total +=
                  length(cross(between(mesh.vertex[a], mesh.vertex[b]), between(mesh.vertex[a], mesh.vertex[c]))));
  if (!(total > 0) || !std::isfinite(total)) throw Error("the mesh has no face with an area");
  Cloud cloud = empty_cloud(position_and_normal());
  cloud.data.reserve(cloud.stride * static_cast<std::size_t>(points));
  Random random(seed, name);
  // Rounding may make the product the total itself, which lies behind the last triangle.
  const double last = std::nextafter(total, 0.0);
  for (std::int64_t i = 0; i < points; ++i) {
    const double place = std::min(random.uniform() * total, last);
    const auto chosen = std::upper_bound(sum.begin(), sum.end(), place) - sum.begin();
    const auto& [ia, ib, ic] = mesh.triangle[static_cast<std::size_t>(chosen)];
    const Vector &a = mesh.vertex[ia], ab = between(a, mesh.vertex[ib]), ac = between(a, mesh.vertex[ic]);
    double u = random.uniform(), v = random.uniform();
    if (u + v > 1) u = 1 - u, v = 1 - v;  // the other half of the parallelogram
    const Vector normal = cross(ab, ac);
    const double size = length(normal);
    float record[6];
    for (int k = 0; k < 3; ++k) {
      record[k] = static_cast<float>(a[k] + u * ab[k] + v * ac[k]);
      record[3 + k] = static_cast<float>(normal[k] / size);
    }
    std::memcpy(append_point(cloud), record, sizeof record);
  }
  return cloud;
}

Cloud vertices_of(const Mesh& mesh) {
  // A float resolves 0.06 mm at 1000 m.
  const auto far = [](const Vector& p) {
    return std::abs(p[0]) > 1000 || std::abs(p[1]) > 1000 || std::abs(p[2]) > 1000;
  };
  const bool wide = std::any_of(mesh.vertex.begin(), mesh.vertex.end(), far);
  Cloud cloud;
  const auto add = [&](const char* name, Scalar type) {
    cloud.fields.push_back({name, cloud.stride, type, 1});
    cloud.stride += size_of(type);
  };
  for (const char* name : {"x", "y", "z"}) add(name, wide ? Scalar::float64 : Scalar::float32);
  if (!mesh.normal.empty())
    for (const char* name : {"normal_x", "normal_y", "normal_z"}) add(name, Scalar::float32);
  if (!mesh.color.empty()) add("rgb", Scalar::float32);
  cloud.width = static_cast<std::int64_t>(mesh.vertex.size());
  cloud.data.resize(cloud.stride * mesh.vertex.size());
  std::byte* to = cloud.data.data();
  const auto put = [&to](const auto& value) {
    std::memcpy(to, &value, sizeof value);
    to += sizeof value;
  };
  for (std::size_t v = 0; v < mesh.vertex.size(); ++v) {
    for (const double coordinate : mesh.vertex[v]) wide ? put(coordinate) : put(static_cast<float>(coordinate));
    if (!mesh.normal.empty()) put(mesh.normal[v]);
    std::uint32_t packed = 0;
    if (mesh.color.empty()) continue;
    for (const float part : mesh.color[v]) packed = packed << 8 | static_cast<std::uint32_t>(std::lround(part * 255));
    put(packed);
  }
  return cloud;
}

Cloud sample_off(TextFile file, std::int64_t points, std::uint64_t seed) {
  const std::string name = file.name();
  const Mesh mesh = read_off(std::move(file));
  if (mesh.faces == 0) return vertices_of(mesh);
  try {
    return sample_mesh(mesh, points, seed, std::filesystem::path(name).stem().string());
  } catch (const Error& error) {
    throw Error(name + ": " + error.what());
  }
}

Cloud sample_off(const std::filesystem::path& file, std::int64_t points, std::uint64_t seed) {
  return sample_off(TextFile(file), points, seed);
}

}  // namespace treewalk
