// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/scene/normalise.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/amax.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/div.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/sort.h>

#include <cstring>

#include "core/device/in_out.h"
#include "core/device/parallel.h"
#include "core/geometry/bounds.h"
#include "core/scene/device_records.h"
#include "core/scene/normalise_kernel.h"

namespace treewalk {
namespace {

constexpr int kCurveDepth = 10;  // 1024 cells an axis: finer than thinned clouds are

/// The sum of the parts, on their device.
template <class Add, class Sum>
DeviceRecords<Sum> total_of(const at::Tensor& like, DeviceRecords<Sum> part, std::int64_t parts) {
  while (parts > 1) {
    const PointPieces pieces{parts};
    const DeviceRecords<Sum> sum(like, pieces.count());
    parallel_for(like.device(), pieces.count(), Add{pieces, part.get(), sum.get()});
    part = sum;
    parts = pieces.count();
  }
  return part;
}

DeviceRecords<Moments> moments_of_points(const at::Tensor& position) {
  const PointPieces pieces{position.size(0)};
  const DeviceRecords<Moments> part(position, pieces.count());
  parallel_for(position.device(), pieces.count(), MomentsOfPoints{pieces, in(position), part.get()});
  return total_of<AddMoments>(position, part, pieces.count());
}

void find_rotation(const at::Tensor& position, Similarity* rotation) {
  const auto device = position.device();
  const auto all = moments_of_points(position);
  parallel_for(device, 1, PrincipalAxes{all.get(), rotation});
  const PointPieces pieces{position.size(0)};
  const DeviceRecords<Vector3> part(position, pieces.count());
  parallel_for(device, pieces.count(), CubesOfPoints{pieces, in(position), rotation, part.get()});
  const auto cubes = total_of<AddCubes>(position, part, pieces.count());
  parallel_for(device, 1, OrientAxes{cubes.get(), rotation});
}

void find_scaling(const at::Tensor& position, const std::string& normalise, Similarity* scaling) {
  const auto device = position.device();
  if (normalise == "box") {
    const auto box = corners_of_points(position);
    parallel_for(device, 1, ScaleToBox{in(box), scaling});
    return;
  }
  const auto all = moments_of_points(position);
  const auto square = at::empty({position.size(0)}, position.options().dtype(at::kDouble));
  parallel_for(device, position.size(0), DistanceFromMean{in(position), all.get(), out(square)});
  const auto largest = square.amax();
  parallel_for(device, 1, ScaleToSphere{all.get(), in(largest), scaling});
}

void move(PointSet& points, const Similarity* move, bool turns) {
  const auto device = points.position.device();
  const auto moved = at::empty_like(points.position);
  parallel_for(device, points.size(), MovePoints{in(points.position), move, turns, out(moved)});
  points.position = moved;
  const auto normal = points.field.find("normal");
  if (!turns || normal == points.field.end()) return;
  const auto turned = at::empty_like(normal->second);
  parallel_for(device, points.size(), TurnNormals{in(normal->second), move, out(turned)});
  normal->second = turned;
}

/// What the host keeps of a cloud moves along.
void follow(PointSet& points, const Similarity& move, bool turns) {
  const Vector3 eye = move.moved(points.viewpoint.data(), turns);
  for (int a = 0; a < 3; ++a) points.viewpoint[a] = static_cast<float>(eye[a]);
  points.scale /= move.factor;
}

}  // namespace

at::Tensor thin(const at::Tensor& position, std::int64_t count, const Bounds* box) {
  const auto size = position.size(0);
  const auto int64 = position.options().dtype(at::kLong);
  if (count >= size) return at::arange(size, int64.dtype(at::kInt));
  const auto grid = box ? fit_grid(*box, kCurveDepth) : fit_grid(position, kCurveDepth);
  const auto place = ((2 * at::arange(count, int64) + 1) * size).div(2 * count, "floor");
  return std::get<0>(morton_order(position, grid).index_select(0, place).sort());
}

PointSet subset(const PointSet& points, const at::Tensor& chosen) {
  PointSet part = points;
  part.position = points.position.index_select(0, chosen);
  for (auto& [name, values] : part.field) values = values.index_select(0, chosen);
  return part;
}

PointSet normalised(const PointSet& points, const SceneOptions& options, Bounds* box) {
  PointSet result = points;
  result.position = points.position.contiguous();
  for (auto& [name, values] : result.field) values = values.contiguous();
  const bool rotates = options.frame == "principal", scales = options.normalise != "none";
  if (points.size() == 0 || !(rotates || scales)) {
    if (box) *box = bounds_of_points(result.position);
    return result;
  }
  const auto record = at::empty({kNormalisationRecord}, result.position.options().dtype(at::kDouble));
  auto* const there = reinterpret_cast<Normalisation*>(record.mutable_data_ptr<double>());
  if (rotates) {
    find_rotation(result.position, &there->rotation);
    move(result, &there->rotation, true);
  }
  if (scales) {
    find_scaling(result.position, options.normalise, &there->scaling);
    move(result, &there->scaling, false);
  }
  // All that the host waits for, in one copy.
  const auto numbers = (box ? at::cat({record, corners_of_points(result.position)}) : record).cpu();
  Normalisation normalisation;
  std::memcpy(&normalisation, numbers.const_data_ptr<double>(), sizeof normalisation);
  if (rotates) follow(result, normalisation.rotation, true);
  if (scales) follow(result, normalisation.scaling, false);
  if (box) *box = bounds_of_corners(numbers.const_data_ptr<double>() + kNormalisationRecord);
  return result;
}

}  // namespace treewalk
