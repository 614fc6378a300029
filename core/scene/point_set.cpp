// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/scene/point_set.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>

#include "core/device/parallel.h"
#include "core/scene/scene_options.h"

namespace treewalk {

namespace {

constexpr std::int64_t kPiece = 1 << 14;
constexpr double kNear = 1000;  // float32 resolves 0.06 mm here

std::string field_list(const CloudView& cloud) {
  std::string names;
  for (const Field& field : cloud.fields) names += (names.empty() ? "" : ", ") + field.name;
  return names.empty() ? "no fields" : names;
}

/// Three coordinates of one type per record.
template <class T>
struct Reader {
  const std::byte* data;
  std::size_t stride;
  std::array<std::size_t, 3> offset;
  std::array<double, 3> operator()(std::int64_t point) const {
    const std::byte* record = data + static_cast<std::size_t>(point) * stride;
    T x, y, z;  // records may be unaligned
    std::memcpy(&x, record + offset[0], sizeof x);
    std::memcpy(&y, record + offset[1], sizeof y);
    std::memcpy(&z, record + offset[2], sizeof z);
    return {static_cast<double>(x), static_cast<double>(y), static_cast<double>(z)};
  }
};

struct AnyReader {
  const CloudView& cloud;
  std::array<const Field*, 3> field;
  std::array<double, 3> operator()(std::int64_t point) const {
    return {cloud.value(point, *field[0]), cloud.value(point, *field[1]), cloud.value(point, *field[2])};
  }
};

bool finite(const std::array<double, 3>& p) {
  return std::isfinite(p[0]) && std::isfinite(p[1]) && std::isfinite(p[2]);
}

struct Bounds {
  std::int64_t points = 0;
  std::array<double, 3> low, high;
  Bounds() {
    low.fill(std::numeric_limits<double>::infinity());
    high.fill(-std::numeric_limits<double>::infinity());
  }
};

template <class Read>
std::vector<Bounds> bounds_of_pieces(std::int64_t size, const Read& read) {
  std::vector<Bounds> pieces((size + kPiece - 1) / kPiece);
  parallel_pieces(size, kPiece, [&](std::int64_t piece, std::int64_t begin, std::int64_t end) {
    Bounds bounds;
    for (std::int64_t i = begin; i < end; ++i) {
      const auto p = read(i);
      if (!finite(p)) continue;
      ++bounds.points;
      for (int a = 0; a < 3; ++a) {
        bounds.low[a] = std::min(bounds.low[a], p[a]);
        bounds.high[a] = std::max(bounds.high[a], p[a]);
      }
    }
    pieces[piece] = bounds;
  });
  return pieces;
}

std::array<double, 3> origin_for(const Bounds& bounds) {
  std::array<double, 3> origin{0, 0, 0};
  if (bounds.points == 0) return origin;
  for (int a = 0; a < 3; ++a) {
    if (std::max(std::fabs(bounds.low[a]), std::fabs(bounds.high[a])) > kNear) origin[a] = std::floor(bounds.low[a]);
    const double reach = std::max(std::fabs(bounds.low[a] - origin[a]), std::fabs(bounds.high[a] - origin[a]));
    if (!(reach < std::numeric_limits<float>::max() / 4))
      throw Error("the cloud reaches from " + std::to_string(bounds.low[a]) + " to " + std::to_string(bounds.high[a]) +
                  " on axis " + "xyz"[a] + "; remove the points that are far out");
  }
  return origin;
}

template <class Read>
void fill_positions(std::int64_t size, const Read& read, PointSet& points, std::vector<std::int64_t>& kept) {
  const std::vector<Bounds> pieces = bounds_of_pieces(size, read);
  std::vector<std::int64_t> first(pieces.size() + 1, 0);
  Bounds all;
  for (std::size_t p = 0; p < pieces.size(); ++p) {
    first[p + 1] = first[p] + pieces[p].points;
    for (int a = 0; a < 3; ++a) {
      all.low[a] = std::min(all.low[a], pieces[p].low[a]);
      all.high[a] = std::max(all.high[a], pieces[p].high[a]);
    }
  }
  all.points = first.back();
  points.origin = origin_for(all);
  points.position = at::empty({all.points, 3}, at::kFloat);
  kept.resize(static_cast<std::size_t>(all.points));
  float* const position = points.position.data_ptr<float>();
  parallel_pieces(size, kPiece, [&](std::int64_t piece, std::int64_t begin, std::int64_t end) {
    std::int64_t to = first[piece];
    for (std::int64_t i = begin; i < end; ++i) {
      const auto p = read(i);
      if (!finite(p)) continue;
      for (int a = 0; a < 3; ++a) position[3 * to + a] = static_cast<float>(p[a] - points.origin[a]);
      kept[to++] = i;
    }
  });
}

void fill_positions(const CloudView& cloud, PointSet& points, std::vector<std::int64_t>& kept) {
  if (cloud.size == 0) {
    points.position = at::empty({0, 3}, at::kFloat);
    kept.clear();
    return;
  }
  const std::array<const Field*, 3> field{&cloud.at("x"), &cloud.at("y"), &cloud.at("z")};
  const std::array<std::size_t, 3> offset{field[0]->offset, field[1]->offset, field[2]->offset};
  const auto all = [&](Scalar type) {
    return field[0]->type == type && field[1]->type == type && field[2]->type == type;
  };
  if (all(Scalar::float32))
    fill_positions(cloud.size, Reader<float>{cloud.data, cloud.stride, offset}, points, kept);
  else if (all(Scalar::float64))
    fill_positions(cloud.size, Reader<double>{cloud.data, cloud.stride, offset}, points, kept);
  else
    fill_positions(cloud.size, AnyReader{cloud, field}, points, kept);
}

/// What stored numbers are divided by to come to 0..1.
double full_scale(Scalar type) {
  switch (type) {
    case Scalar::int8:
    case Scalar::uint8:
      return 255;
    case Scalar::int16:
    case Scalar::uint16:
      return 65535;
    case Scalar::float32:
    case Scalar::float64:
      return 1;
    default:
      return 255;  // colour channels in wider integers still count to 255
  }
}

float finite_or_zero(double value) { return std::isfinite(value) ? static_cast<float>(value) : 0.0f; }

at::Tensor read_columns(const CloudView& cloud, const std::vector<const Field*>& columns,
                        const std::vector<double>& scale, const std::vector<std::int64_t>& kept) {
  const std::int64_t n = static_cast<std::int64_t>(kept.size()), width = static_cast<std::int64_t>(columns.size());
  at::Tensor values = at::empty({n, width}, at::kFloat);
  float* const to = values.data_ptr<float>();
  parallel_pieces(n, kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      for (std::int64_t c = 0; c < width; ++c)
        to[i * width + c] = finite_or_zero(cloud.value(kept[i], *columns[c]) / scale[c]);
  });
  return values;
}

/// PCL packs 0xAARRGGBB into four bytes that call themselves float or unsigned.
at::Tensor read_packed_color(const CloudView& cloud, const Field& packed, const std::vector<std::int64_t>& kept) {
  const std::int64_t n = static_cast<std::int64_t>(kept.size());
  at::Tensor values = at::empty({n, 3}, at::kFloat);
  float* const to = values.data_ptr<float>();
  parallel_pieces(n, kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      std::uint32_t bits;
      std::memcpy(&bits, cloud.data + static_cast<std::size_t>(kept[i]) * cloud.stride + packed.offset, sizeof bits);
      for (int c = 0; c < 3; ++c) to[3 * i + c] = static_cast<float>((bits >> (16 - 8 * c)) & 255u) / 255.0f;
    }
  });
  return values;
}

/// The first of the alternatives whose fields are all there; empty when none is.
std::vector<const Field*> find_any(const CloudView& cloud, const std::vector<std::vector<const char*>>& alternatives) {
  for (const auto& names : alternatives) {
    std::vector<const Field*> fields;
    for (const char* name : names)
      if (cloud.find(name) != nullptr) fields.push_back(&cloud.at(name));
    if (fields.size() == names.size()) return fields;
  }
  return {};
}

std::optional<at::Tensor> read_field(const CloudView& cloud, const std::string& name,
                                     const std::vector<std::int64_t>& kept) {
  if (name == "normal") {
    const auto fields = find_any(cloud, {{"normal_x", "normal_y", "normal_z"}, {"nx", "ny", "nz"}});
    if (!fields.empty()) return read_columns(cloud, fields, {1, 1, 1}, kept);
  } else if (name == "rgb") {
    const auto packed = find_any(cloud, {{"rgb"}, {"rgba"}});
    if (!packed.empty() && size_of(packed[0]->type) == 4) return read_packed_color(cloud, *packed[0], kept);
    const auto fields = find_any(cloud, {{"r", "g", "b"}, {"red", "green", "blue"}});
    if (!fields.empty())
      return read_columns(
          cloud, fields, {full_scale(fields[0]->type), full_scale(fields[1]->type), full_scale(fields[2]->type)}, kept);
  } else if (name == "intensity") {
    const auto fields = find_any(cloud, {{"intensity"}, {"Intensity"}, {"scalar_Intensity"}});
    if (!fields.empty()) return read_columns(cloud, fields, {1}, kept);
  } else {
    throw Error("\"" + name + "\" is not an input field; there are normal, rgb and intensity");
  }
  return std::nullopt;
}

}  // namespace

PointSet to(PointSet points, c10::Device device) {
  points.position = points.position.to(device);
  for (auto& [name, values] : points.field) values = values.to(device);
  return points;
}

const std::vector<std::string>& input_field_names() {
  static const std::vector<std::string> names{"normal", "rgb", "intensity"};
  return names;
}

PointSet make_point_set(const CloudView& cloud, const std::vector<std::string>& required,
                        const std::vector<std::string>& optional, std::vector<std::int64_t>* kept,
                        std::vector<std::string>* missing) {
  PointSet points;
  std::vector<std::int64_t> index;
  fill_positions(cloud, points, index);
  for (int a = 0; a < 3; ++a)
    points.viewpoint[a] =
        finite_or_zero((std::isfinite(cloud.viewpoint[a]) ? cloud.viewpoint[a] : 0.0) - points.origin[a]);
  for (const std::string& name : required) {
    auto values = read_field(cloud, name, index);
    if (!values && cloud.size > 0)
      throw Error("the cloud has no field for \"" + name + "\", which the model requires; it has " + field_list(cloud));
    if (values) points.field[name] = *values;
  }
  if (missing != nullptr) missing->clear();
  for (const std::string& name : optional) {
    if (auto values = read_field(cloud, name, index))
      points.field[name] = *values;
    else if (missing != nullptr)
      missing->push_back(name);
  }
  if (kept != nullptr) *kept = std::move(index);
  return points;
}

}  // namespace treewalk
