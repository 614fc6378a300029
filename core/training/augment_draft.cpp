// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/training/augment_draft.h"

#include <ATen/ops/empty.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace treewalk {

namespace {

std::vector<float> to_vector(const at::Tensor& tensor) {
  const at::Tensor values = tensor.contiguous();
  const float* from = values.data_ptr<float>();
  return std::vector<float>(from, from + values.numel());
}

at::Tensor to_tensor(const std::vector<float>& values, std::int64_t rows, std::int64_t columns) {
  at::Tensor tensor = at::empty({rows, columns}, at::kFloat);
  std::memcpy(tensor.data_ptr<float>(), values.data(), values.size() * sizeof(float));
  return tensor;
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

Draft::Draft(const Sample& sample)
    : position(to_vector(sample.points.position)),
      label(sample.label),
      viewpoint{sample.points.viewpoint[0], sample.points.viewpoint[1], sample.points.viewpoint[2]} {
  TORCH_CHECK(static_cast<std::int64_t>(label.size()) == sample.points.size(), "augmentation: ", label.size(),
              " labels for ", sample.points.size(), " points");
  for (const auto& [name, value] : sample.points.field) column.push_back({name, value.size(1), to_vector(value)});
}

Sample Draft::finish(const Sample& original) const {
  Sample sample;
  sample.cloud_label = original.cloud_label;
  sample.label = label;
  sample.points.origin = original.points.origin;
  for (int a = 0; a < 3; ++a) sample.points.viewpoint[a] = static_cast<float>(viewpoint[a]);
  sample.points.position = to_tensor(position, size(), 3);
  for (const Column& c : column) sample.points.field[c.name] = to_tensor(c.value, size(), c.width);
  return sample;
}

float* Draft::normal() {
  for (Column& c : column)
    if (c.name == "normal") return c.value.data();
  return nullptr;
}

Draft::Box Draft::box() const {
  Box box;
  if (size() == 0) return box;
  std::array<float, 3> low{position[0], position[1], position[2]}, high = low;
  for (std::int64_t i = 1; i < size(); ++i)
    for (int a = 0; a < 3; ++a) {
      low[a] = std::min(low[a], point(i)[a]);
      high[a] = std::max(high[a], point(i)[a]);
    }
  for (int a = 0; a < 3; ++a) box.low[a] = low[a], box.high[a] = high[a];
  return box;
}

void Draft::keep(const std::vector<std::uint8_t>& mark) {
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

void Draft::keep_smallest(const std::vector<float>& value, std::int64_t count) {
  if (count >= size()) return;
  std::vector<float> sorted = value;
  const auto last = sorted.begin() + std::max<std::int64_t>(count, 1) - 1;
  std::nth_element(sorted.begin(), last, sorted.end());
  const float bound = *last;
  std::vector<std::uint8_t> mark(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) mark[i] = value[i] <= bound;
  keep(mark);
}

void Draft::transform(const Matrix3& m) {
  const Box bounds = box();
  Vector3 pivot = viewpoint;
  const Vector3 middle = bounds.middle();
  const double diagonal = std::hypot(bounds.extent(0), bounds.extent(1), bounds.extent(2));
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

void Draft::turn_normal(float* normal, const Matrix3& jacobian) {
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
