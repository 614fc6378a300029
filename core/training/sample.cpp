// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/sample.h"

#include <ATen/ops/from_blob.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <utility>

#include "core/device/in_out.h"

namespace treewalk {

namespace {

std::vector<float> to_vector(const at::Tensor& tensor) {
  const at::Tensor values = tensor.contiguous();
  const float* first = in(values);
  return std::vector<float>(first, first + values.numel());
}

at::Tensor to_tensor(std::vector<float> values, std::int64_t rows, std::int64_t columns) {
  const auto owned = std::make_shared<std::vector<float>>(std::move(values));
  return at::from_blob(
      owned->data(), {rows, columns}, [owned](void*) {}, at::kFloat);
}

void make_unit(float* v, double x, double y, double z) {
  const double length = std::sqrt(x * x + y * y + z * z);
  if (length == 0) return;  // an unknown normal stays zero
  v[0] = static_cast<float>(x / length);
  v[1] = static_cast<float>(y / length);
  v[2] = static_cast<float>(z / length);
}

/// Inverse transpose up to a positive factor: the cofactors with the sign of the determinant.
Matrix3 normal_matrix(const Matrix3& m) {
  Matrix3 cofactor;
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) {
      const int a = (i + 1) % 3, b = (i + 2) % 3, c = (j + 1) % 3, d = (j + 2) % 3;
      cofactor[i][j] = m[a][c] * m[b][d] - m[a][d] * m[b][c];
    }
  const double determinant = m[0][0] * cofactor[0][0] + m[0][1] * cofactor[0][1] + m[0][2] * cofactor[0][2];
  if (determinant < 0)
    for (auto& row : cofactor)
      for (double& value : row) value = -value;
  return cofactor;
}

Vector3 times(const Matrix3& m, const Vector3& v) {
  return {m[0][0] * v[0] + m[0][1] * v[1] + m[0][2] * v[2], m[1][0] * v[0] + m[1][1] * v[1] + m[1][2] * v[2],
          m[2][0] * v[0] + m[2][1] * v[1] + m[2][2] * v[2]};
}

}  // namespace

const Sample::Column* Sample::find(const std::string& name) const {
  const auto found = std::find_if(column.begin(), column.end(), [&](const Column& c) { return c.name == name; });
  return found == column.end() ? nullptr : &*found;
}

float* Sample::normal() {
  const Column* found = find("normal");
  return found == nullptr ? nullptr : column[found - column.data()].value.data();
}

void Sample::keep(const std::vector<std::uint8_t>& mark) {
  if (std::find_if(mark.begin(), mark.end(), [](std::uint8_t m) { return m != 0; }) == mark.end()) return;
  std::int64_t kept = 0;
  for (std::int64_t i = 0; i < size(); ++i) {
    if (!mark[i]) continue;
    std::memmove(point(kept), point(i), 3 * sizeof(float));
    label[kept] = label[i];
    for (Column& c : column)
      std::memmove(c.value.data() + kept * c.width, c.value.data() + i * c.width, c.width * sizeof(float));
    ++kept;
  }
  position.resize(3 * kept);
  label.resize(kept);
  for (Column& c : column) c.value.resize(kept * c.width);
}

void Sample::keep_smallest(const std::vector<float>& value, std::int64_t count) {
  if (count >= size()) return;
  std::vector<float> sorted = value;
  const auto last = sorted.begin() + std::max<std::int64_t>(count, 1) - 1;
  std::nth_element(sorted.begin(), last, sorted.end());
  const float bound = *last;
  std::vector<std::uint8_t> mark(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) mark[i] = value[i] <= bound;
  keep(mark);
}

void Sample::transform(const Matrix3& m) {
  const Bounds box = bounds();
  Vector3 pivot = viewpoint;
  const Vector3 middle = box.middle();
  const double diagonal = std::hypot(box.side(0), box.side(1), box.side(2));
  const double away = std::hypot(viewpoint[0] - middle[0], viewpoint[1] - middle[1], viewpoint[2] - middle[2]);
  if (away > 100 * diagonal) pivot = middle;

  const Vector3 moved_pivot = times(m, pivot);
  const Vector3 shift{pivot[0] - moved_pivot[0], pivot[1] - moved_pivot[1], pivot[2] - moved_pivot[2]};
  for (std::int64_t i = 0; i < size(); ++i) {
    float* p = point(i);
    const Vector3 q = times(m, {p[0], p[1], p[2]});
    for (int a = 0; a < 3; ++a) p[a] = static_cast<float>(q[a] + shift[a]);
  }
  const Vector3 view = times(m, viewpoint);
  if (pivot != viewpoint) viewpoint = {view[0] + shift[0], view[1] + shift[1], view[2] + shift[2]};
  if (float* n = normal()) {
    const Matrix3 turned = normal_matrix(m);
    for (std::int64_t i = 0; i < size(); ++i, n += 3) {
      const Vector3 q = times(turned, {n[0], n[1], n[2]});
      make_unit(n, q[0], q[1], q[2]);
    }
  }
}

Sample sample_of(const PointSet& points, std::vector<std::int8_t> label, int cloud_label) {
  TORCH_CHECK(static_cast<std::int64_t>(label.size()) == points.size(), "training: ", label.size(), " labels for ",
              points.size(), " points");
  Sample sample;
  sample.position = to_vector(points.position);
  sample.label = std::move(label);
  for (const auto& [name, value] : points.field) sample.column.push_back({name, value.size(1), to_vector(value)});
  for (int a = 0; a < 3; ++a) sample.viewpoint[a] = points.viewpoint[a];
  sample.scale = points.scale;
  sample.cloud_label = cloud_label;
  return sample;
}

PointSet point_set(Sample sample) {
  const std::int64_t size = sample.size();
  PointSet points;
  points.position = to_tensor(std::move(sample.position), size, 3);
  for (Sample::Column& c : sample.column) points.field[c.name] = to_tensor(std::move(c.value), size, c.width);
  for (int a = 0; a < 3; ++a) points.viewpoint[a] = static_cast<float>(sample.viewpoint[a]);
  points.scale = sample.scale;
  return points;
}

void turn_normal(float* normal, const Matrix3& jacobian) {
  const Vector3 n = times(normal_matrix(jacobian), {normal[0], normal[1], normal[2]});
  make_unit(normal, n[0], n[1], n[2]);
}

Matrix3 rotation(const Vector3& axis, double angle) {
  const double c = std::cos(angle), s = std::sin(angle), x = axis[0], y = axis[1], z = axis[2];
  return {{{c + x * x * (1 - c), x * y * (1 - c) - z * s, x * z * (1 - c) + y * s},
           {y * x * (1 - c) + z * s, c + y * y * (1 - c), y * z * (1 - c) - x * s},
           {z * x * (1 - c) - y * s, z * y * (1 - c) + x * s, c + z * z * (1 - c)}}};
}

}  // namespace treewalk
