// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/scene/point_set.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <string_view>

#include "core/device/in_out.h"
#include "core/device/parallel.h"
#include "core/geometry/finite_points.h"
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

/// 0 where no coordinate of the axis is far from it, else their minimum rounded down.
std::array<double, 3> origin_for(const Bounds& box) {
  std::array<double, 3> origin{0, 0, 0};
  for (int a = 0; a < 3; ++a)
    if (std::max(std::fabs(box.lower[a]), std::fabs(box.upper[a])) > kNear) origin[a] = std::floor(box.lower[a]);
  return origin;
}

std::array<double, 3> origin_on_lattice(const Bounds& box, double step) {
  constexpr double kSteps = 4096;
  std::array<double, 3> origin;
  for (int a = 0; a < 3; ++a) origin[a] = std::floor(box.lower[a] / (kSteps * step)) * (kSteps * step);
  return origin;
}

/// What stored numbers are divided by to come to 0..1.
double full_scale(Scalar type) {
  if (type == Scalar::float32 || type == Scalar::float64) return 1;
  return size_of(type) == 2 ? 65535 : 255;  // colour channels in wider integers still count to 255
}

float finite_or_zero(double value) { return std::isfinite(value) ? static_cast<float>(value) : 0.0f; }

at::Tensor read_columns(const CloudView& cloud, const std::vector<const Field*>& columns,
                        const std::vector<double>& scale, const std::vector<std::int32_t>& kept) {
  const std::int64_t n = static_cast<std::int64_t>(kept.size()), width = static_cast<std::int64_t>(columns.size());
  at::Tensor values = at::empty({n, width}, at::kFloat);
  float* const to = out(values);
  parallel_pieces(n, kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      for (std::int64_t c = 0; c < width; ++c)
        to[i * width + c] = finite_or_zero(cloud.value(kept[i], *columns[c]) / scale[c]);
  });
  return values;
}

/// PCL packs 0xAARRGGBB into four bytes that call themselves float or unsigned.
at::Tensor read_packed_color(const CloudView& cloud, const Field& packed, const std::vector<std::int32_t>& kept) {
  const std::int64_t n = static_cast<std::int64_t>(kept.size());
  at::Tensor values = at::empty({n, 3}, at::kFloat);
  float* const to = out(values);
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
using Alternatives = std::vector<std::vector<const char*>>;
std::vector<const Field*> find_any(const CloudView& cloud, const Alternatives& alternatives) {
  for (const auto& names : alternatives) {
    std::vector<const Field*> fields;
    for (const char* name : names)
      if (cloud.find(name) != nullptr) fields.push_back(&cloud.at(name));
    if (fields.size() == names.size()) return fields;
  }
  return {};
}

const Alternatives kNormals{{"normal_x", "normal_y", "normal_z"}, {"nx", "ny", "nz"}};
const Alternatives kPackedColours{{"rgb"}, {"rgba"}};
const Alternatives kColours{{"r", "g", "b"}, {"red", "green", "blue"}};
const Alternatives kIntensities{{"intensity"}, {"Intensity"}, {"scalar_Intensity"}};
const Alternatives kKnownReturns{{"known_return_number", "known_number_of_returns"}};  // of a joined cloud
const Alternatives kReturns{{"return_number", "number_of_returns"}, {"ReturnNumber", "NumberOfReturns"}};

/// Returns [N,2] with 0, 0 for points of which nothing is known. Writers that know nothing of the pulses leave 0, or
/// call every point the only return and give it no intensity either.
at::Tensor without_blanks(at::Tensor returns, const CloudView& cloud, const std::vector<std::int32_t>& kept) {
  const auto intensity = find_any(cloud, kIntensities);
  float* const row = out(returns);
  parallel_pieces(static_cast<std::int64_t>(kept.size()), kPiece,
                  [&](std::int64_t, std::int64_t begin, std::int64_t end) {
                    for (std::int64_t i = begin; i < end; ++i) {
                      float &number = row[2 * i], &count = row[2 * i + 1];
                      const bool dark = !intensity.empty() && !(cloud.value(kept[i], *intensity[0]) > 0);
                      if (number >= 1 && count >= number && !(count == 1 && dark)) continue;
                      number = count = 0;
                    }
                  });
  return returns;
}

std::optional<at::Tensor> read_field(const CloudView& cloud, const std::string& name,
                                     const std::vector<std::int32_t>& kept) {
  if (name == "normal") {
    const auto fields = find_any(cloud, kNormals);
    if (!fields.empty()) return read_columns(cloud, fields, {1, 1, 1}, kept);
  } else if (name == "rgb") {
    const auto packed = find_any(cloud, kPackedColours);
    if (!packed.empty() && size_of(packed[0]->type) == 4) return read_packed_color(cloud, *packed[0], kept);
    const auto fields = find_any(cloud, kColours);
    if (!fields.empty())
      return read_columns(
          cloud, fields, {full_scale(fields[0]->type), full_scale(fields[1]->type), full_scale(fields[2]->type)}, kept);
  } else if (name == "intensity") {
    const auto fields = find_any(cloud, kIntensities);
    if (!fields.empty()) return read_columns(cloud, fields, {1}, kept);
  } else if (name == "returns") {
    const auto known = find_any(cloud, kKnownReturns);
    if (!known.empty()) return read_columns(cloud, known, {1, 1}, kept);
    const auto fields = find_any(cloud, kReturns);
    if (!fields.empty()) return without_blanks(read_columns(cloud, fields, {1, 1}, kept), cloud, kept);
  } else {
    throw Error("\"" + name + "\" is not an input field; there are normal, rgb, intensity and returns");
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string> fields_of_input(const std::string& input) {
  std::vector<const Alternatives*> lists;
  if (input == "normal") lists = {&kNormals};
  if (input == "rgb") lists = {&kPackedColours, &kColours};
  if (input == "intensity") lists = {&kIntensities};
  if (input == "returns") lists = {&kKnownReturns, &kReturns, &kIntensities};
  std::vector<std::string> names;
  for (const Alternatives* list : lists)
    for (const auto& fields : *list) names.insert(names.end(), fields.begin(), fields.end());
  return names;
}

PointSet to(PointSet points, c10::Device device) {
  points.position = points.position.to(device);
  for (auto& [name, values] : points.field) values = values.to(device);
  return points;
}

const std::vector<std::string>& input_field_names() {
  static const std::vector<std::string> names{"normal", "rgb", "intensity", "returns"};
  return names;
}

PointSet make_point_set(const CloudView& cloud, const std::vector<std::string>& required,
                        const std::vector<std::string>& optional, std::vector<std::int64_t>* kept,
                        std::vector<std::string>* missing) {
  const FinitePoints finite = finite_points(cloud);
  if (kept != nullptr) kept->assign(finite.kept.begin(), finite.kept.end());
  return make_point_set(cloud, finite, required, optional, missing);
}

PointSet make_point_set(const CloudView& cloud, const FinitePoints& finite, const std::vector<std::string>& required,
                        const std::vector<std::string>& optional, std::vector<std::string>* missing,
                        const PositionOptions& how) {
  const auto& index = finite.kept;
  PointSet points;
  if (index.empty()) {
    points.position = finite.position.to(at::kFloat);
  } else {
    const Bounds box = bounds_of_points(finite.position);
    points.origin = how.step > 0 ? origin_on_lattice(box, how.step) : origin_for(box);
    points.position = relative_to(points.origin, finite.position, box, how.step);
  }
  for (int a = 0; a < 3; ++a)
    points.viewpoint[a] = finite_or_zero((std::isfinite(cloud.viewpoint[a]) ? cloud.viewpoint[a] * how.scale[a] : 0.0) -
                                         points.origin[a]);
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
  return points;
}

}  // namespace treewalk
