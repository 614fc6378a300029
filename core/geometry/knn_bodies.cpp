// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <ATen/ops/empty.h>
#include <ATen/ops/searchsorted.h>
#include <ATen/ops/sort.h>

#include <utility>

#include "core/device/in_out.h"
#include "core/geometry/bounds.h"
#include "core/geometry/box_tree_kernel.h"
#include "core/geometry/knn.h"
#include "core/geometry/knn_kernel.h"

namespace treewalk {
namespace {

/// Ascending keys of points within the box of the corners, and the index of each.
std::pair<at::Tensor, at::Tensor> morton_sorted(const at::Tensor& points, const at::Tensor& corners) {
  const at::Tensor key = at::empty({points.size(0)}, points.options().dtype(at::kLong));
  parallel_for(points.device(), points.size(0), EncodeInBox{in(points), in(corners), out(key)});
  const auto [sorted, order] = at::sort(key, /*stable=*/true, /*dim=*/0, /*descending=*/false);
  return {sorted, order};
}

/// A tree of boxes on the points' device, and the memory it lies in.
struct DeviceBoxTree {
  BoxTree tree;
  at::Tensor point, index, box[kMaxBoxLevels], lowest[kMaxBoxLevels];

  DeviceBoxTree(const at::Tensor& points, const at::Tensor& order) {
    const auto numbers = points.options(), int32 = numbers.dtype(at::kInt);
    const std::int64_t leaves = (points.size(0) + kFan - 1) / kFan;
    tree.leaves = static_cast<std::uint32_t>(leaves);
    point = at::empty({leaves * 3 * kFan}, numbers);
    index = at::empty({leaves * kFan}, int32);
    FillLeaves fill{in(points), points.size(0), in(order), out(point), name_of(index)};
    parallel_for(points.device(), leaves * kFan, fill);
    tree.point = fill.leaf;
    tree.index = fill.index;
    FillBoxes boxes{tree.leaves, true, fill.leaf, fill.index, nullptr, nullptr};
    for (bool last = false; !last; ++tree.levels) {
      const int level = tree.levels;
      const std::int64_t places = (std::int64_t{boxes.boxes} + kFan - 1) / kFan * kFan;
      box[level] = at::empty({places * 6}, numbers);
      lowest[level] = at::empty({places}, int32);
      boxes.box = out(box[level]);
      boxes.lowest = name_of(lowest[level]);
      parallel_for(points.device(), places, boxes);
      tree.box[level] = boxes.box;
      tree.lowest[level] = boxes.lowest;
      last = places == kFan;
      boxes = {static_cast<std::uint32_t>(places / kFan), false, boxes.box, boxes.lowest, nullptr, nullptr};
    }
  }

 private:
  static std::uint32_t* name_of(const at::Tensor& tensor) {
    return reinterpret_cast<std::uint32_t*>(tensor.mutable_data_ptr<std::int32_t>());
  }
};

void run(c10::Device device, std::int64_t rows, const DeviceKnn& task) {
  if (task.k == 1) return parallel_for(device, rows, NearestRows<1>(task));
  if (task.k <= 8) return parallel_for(device, rows, NearestRows<8>(task));
  if (task.k <= 16) return parallel_for(device, rows, NearestRows<16>(task));
  if (task.k <= 32) return parallel_for(device, rows, NearestRows<32>(task));
  const at::Tensor list = at::empty({rows, task.k}, at::TensorOptions().device(device).dtype(at::kLong));
  parallel_for(device, rows,
               LongNearestRows(task, reinterpret_cast<std::uint64_t*>(list.mutable_data_ptr<std::int64_t>())));
}

}  // namespace

Neighbours knn_by_bodies(const at::Tensor& points, const at::Tensor* queries, int k) {
  const std::int64_t size = points.size(0), rows = queries ? queries->size(0) : size;
  Neighbours result{at::empty({rows, k}, points.options().dtype(at::kInt)), at::empty({rows, k}, points.options())};
  if (size == 0) {
    result.index.fill_(-1);
    result.squared_distance.fill_(kFarAway);
  }
  if (size == 0 || rows == 0) return result;

  const at::Tensor corners = corners_of_points(points);
  const auto [sorted, order] = morton_sorted(points, corners);
  const DeviceBoxTree memory(points, order);
  DeviceKnn task;
  task.tree = memory.tree;
  task.k = k;
  task.index = out(result.index);
  task.distance = out(result.squared_distance);
  if (!queries) {
    run(points.device(), rows, task);
    return result;
  }
  const auto [query_key, query_order] = morton_sorted(*queries, corners);
  const at::Tensor first_key = sorted.slice(0, 0, size, kFan).contiguous();  // of every leaf
  // The last leaf whose first key is not above the query's; before all of them, the first.
  const at::Tensor leaf =
      at::searchsorted(first_key, query_key, /*out_int32=*/false, /*right=*/true).sub(1).clamp_min(0);
  task.query = queries->const_data_ptr<float>();
  task.order = in(query_order);
  task.leaf = in(leaf);
  run(points.device(), rows, task);
  return result;
}

}  // namespace treewalk
