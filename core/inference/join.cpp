// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "treewalk/join.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/device/in_out.h"
#include "core/device/public_errors.h"
#include "core/geometry/finite_points.h"
#include "core/scene/point_set.h"

namespace treewalk {
namespace {

/// What an input field is called in a joined cloud, as make_point_set reads it.
std::vector<std::string> columns_of(const std::string& field) {
  if (field == "normal") return {"normal_x", "normal_y", "normal_z"};
  if (field == "rgb") return {"r", "g", "b"};
  if (field == "returns") return {"known_return_number", "known_number_of_returns"};
  return {field};
}

/// What features take for a field that is not there: they give 0 for it.
float none_of(const std::string& field) { return field == "rgb" ? 0.5f : 0.0f; }

/// All input fields of a model, in the order of a joined cloud.
std::vector<std::string> inputs_of(const ModelInfo& info) {
  auto names = info.required_fields;
  names.insert(names.end(), info.optional_fields.begin(), info.optional_fields.end());
  return names;
}

std::vector<std::string> add(const ModelInfo& info, const CloudView& cloud, const std::vector<std::int32_t>& point,
                             Cloud& joined) {
  if (joined.size() > 0 && joined.viewpoint != cloud.viewpoint)
    throw Error("clouds that are joined must have one viewpoint");
  const FinitePoints finite = finite_points(cloud, &point);
  if (finite.kept.size() != point.size())
    throw Error("a point without finite coordinates cannot be joined with others");
  std::vector<std::string> missing;
  const PointSet points = make_point_set(cloud, finite, info.required_fields, info.optional_fields, &missing);
  joined.viewpoint = cloud.viewpoint;
  const std::size_t begin = joined.data.size(), stride = joined.stride;
  joined.data.resize(begin + point.size() * stride);
  joined.width += static_cast<std::int64_t>(point.size());
  const at::Tensor position = finite.position.to(at::kDouble).contiguous();
  const double* const xyz = in(position);
  std::byte* to = joined.data.data() + begin;
  for (std::size_t i = 0; i < point.size(); ++i) std::memcpy(to + i * stride, xyz + 3 * i, 3 * sizeof(double));
  to += 3 * sizeof(double);
  for (const auto& name : inputs_of(info)) {
    const std::size_t columns = columns_of(name).size(), bytes = columns * sizeof(float);
    const std::vector<float> none(columns, none_of(name));
    const auto found = points.field.find(name);
    const float* values = nullptr;
    if (found != points.field.end()) values = in(found->second);
    for (std::size_t i = 0; i < point.size(); ++i)
      std::memcpy(to + i * stride, values ? values + i * columns : none.data(), bytes);
    to += bytes;
  }
  return missing;
}

}  // namespace

Cloud joined_cloud(const ModelInfo& info) {
  Cloud cloud;
  const auto append = [&](const std::string& name, Scalar type) {
    cloud.fields.push_back({name, cloud.stride, type, 1});
    cloud.stride += size_of(type);
  };
  for (const char* axis : {"x", "y", "z"}) append(axis, Scalar::float64);
  for (const auto& name : inputs_of(info))
    for (const auto& column : columns_of(name)) append(column, Scalar::float32);
  return cloud;
}

std::vector<std::string> fields_read_by(const ModelInfo& info) {
  std::vector<std::string> fields;
  for (const auto& input : inputs_of(info))
    for (auto& name : fields_of_input(input)) fields.push_back(std::move(name));
  return fields;
}

std::vector<std::string> join(const ModelInfo& info, const CloudView& cloud, const std::vector<std::int32_t>& point,
                              Cloud& joined) {
  return with_public_errors([&] { return add(info, cloud, point, joined); });
}

}  // namespace treewalk
