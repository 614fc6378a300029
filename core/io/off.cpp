// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/io/off.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

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

class OffReader {
 public:
  explicit OffReader(TextFile file) : file_(std::move(file)) {}

  Mesh read() {
    std::string_view line = first_line();
    const auto vertices = count(line, "vertices"), faces = count(line, "faces");
    // "0 0 0" and "3 0 1 2" are the shortest lines: what the file cannot hold is not asked memory for.
    if (vertices > file_.size() / 6 + 1 || faces > file_.size() / 2 + 1)
      file_.fail("says that there are " + std::to_string(vertices) + " vertices and " + std::to_string(faces) +
                 " faces, more than the file's " + std::to_string(file_.size()) + " bytes can hold");
    mesh_.vertex.resize(vertices);
    for (Vector& vertex : mesh_.vertex) read_vertex(vertex);
    for (std::uint64_t f = 0; f < faces; ++f) read_face();
    return std::move(mesh_);
  }

 private:
  /// The next line that is not all comment.
  std::string_view line(const char* wanted) {
    for (std::string_view text; file_.next(text);) {
      text = text.substr(0, text.find('#'));
      if (text.find_first_not_of(" \t\r\v\f") != std::string_view::npos) return text;
    }
    file_.fail(std::string("the file ends where ") + wanted + " should follow");
  }

  /// What stands before OFF announces texture coordinates, colours and normals, which follow a vertex's position.
  std::string_view first_line() {
    std::string_view text = line("the word OFF");
    const std::size_t word = text.find("OFF");
    static const char* const prefixes[] = {"", "C", "N", "CN", "ST", "STC", "STN", "STCN"};
    const bool known = word != std::string_view::npos &&
                       std::find(std::begin(prefixes), std::end(prefixes), text.substr(0, word)) != std::end(prefixes);
    if (!known) file_.fail("an .off file begins with OFF, not with " + quoted(text));
    text.remove_prefix(word + 3);
    std::string_view rest = text;
    if (next_word(rest) == "BINARY") file_.fail("is a binary .off file, which is not read; save it as text");
    return text.find_first_not_of(" \t\r\v\f") == std::string_view::npos ? line("the counts") : text;
  }

  std::uint64_t count(std::string_view& text, const char* of) {
    const std::string_view word = next_word(text);
    std::uint32_t value = 0;
    if (!store_number(word, Scalar::uint32, reinterpret_cast<std::byte*>(&value)))
      file_.fail(quoted(word) + " is no number of " + of);
    return value;
  }

  void read_vertex(Vector& vertex) {
    std::string_view text = line("a vertex");
    for (double& coordinate : vertex) {
      const std::string_view word = next_word(text);
      // Points are floats: what a float cannot hold would be infinite there.
      if (!store_number(word, Scalar::float64, reinterpret_cast<std::byte*>(&coordinate)) ||
          !(std::abs(coordinate) <= std::numeric_limits<float>::max()))
        file_.fail(word.empty() ? "holds less than the three coordinates of a vertex"
                                : quoted(word) + " is no coordinate of a vertex");
    }
  }

  void read_face() {
    std::string_view text = line("a face");
    const auto corners = count(text, "corners");
    std::array<std::uint32_t, 3> fan{};
    for (std::uint64_t c = 0; c < corners; ++c) {
      const std::string_view word = next_word(text);
      std::uint32_t index = 0;
      if (word.empty())
        file_.fail("holds " + std::to_string(c) + " corners, not the " + std::to_string(corners) +
                   " that it announces");
      if (!store_number(word, Scalar::uint32, reinterpret_cast<std::byte*>(&index)) || index >= mesh_.vertex.size())
        file_.fail(quoted(word) + " is no vertex; there are " + std::to_string(mesh_.vertex.size()));
      fan[std::min<std::uint64_t>(c, 2)] = index;
      if (c < 2) continue;
      mesh_.triangle.push_back(fan);
      fan[1] = fan[2];
    }
  }

  TextFile file_;
  Mesh mesh_;
};

}  // namespace

Mesh read_off(TextFile file) { return OffReader(std::move(file)).read(); }

Mesh read_off(const std::filesystem::path& file) { return read_off(TextFile(file)); }

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
  Cloud cloud = empty_cloud({{"x", Scalar::float32},
                             {"y", Scalar::float32},
                             {"z", Scalar::float32},
                             {"normal_x", Scalar::float32},
                             {"normal_y", Scalar::float32},
                             {"normal_z", Scalar::float32}});
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

Cloud sample_off(const std::filesystem::path& file, std::int64_t points, std::uint64_t seed) {
  const Mesh mesh = read_off(file);
  try {
    return sample_mesh(mesh, points, seed, file.stem().string());
  } catch (const Error& error) {
    throw Error(file.string() + ": " + error.what());
  }
}

}  // namespace treewalk
