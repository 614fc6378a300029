// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/geometry/knn.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "core/device/in_out.h"
#include "core/geometry/bounds.h"
#include "core/geometry/box_tree.h"

namespace treewalk {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

at::Tensor checked(const at::Tensor& points, const char* name) {
  TORCH_CHECK(points.dim() == 2 && points.size(1) == 3 && points.scalar_type() == at::kFloat, "knn: ", name,
              " must be [N,3] float32, got ", points.sizes(), " of ", points.scalar_type());
  TORCH_CHECK(points.size(0) < std::numeric_limits<std::int32_t>::max(), "knn: ", points.size(0),
              " points are too many; 2^31 - 2 can be indexed");
  const at::Tensor packed = points.contiguous();
  TORCH_CHECK(!packed.is_cpu() || parallel_bounds(packed.const_data_ptr<float>(), packed.size(0)).finite, "knn: ", name,
              " must be finite");
  return packed;
}

void run(const KnnTask& task, std::int64_t rows) {
  KnnSearch* const search = knn_search_for_cpu();
  parallel_pieces(rows, 16 * kFan, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    std::vector<std::uint64_t> nearest(task.k);
    search(task, begin, end, nearest.data());
  });
}

Neighbours search(const at::Tensor& points, const at::Tensor* queries, int k) {
  TORCH_CHECK(k >= 1, "knn: k must be at least 1, got ", k);
  const at::Tensor packed = checked(points, "points");
  const at::Tensor packed_queries = queries ? checked(*queries, "queries") : packed;
  TORCH_CHECK(packed.device() == packed_queries.device(), "knn: points are on ", packed.device(), ", queries on ",
              packed_queries.device());
  if (!packed.is_cpu()) return knn_by_bodies(packed, queries ? &packed_queries : nullptr, k);
  const std::int64_t size = packed.size(0), rows = packed_queries.size(0);
  Neighbours result{at::empty({rows, k}, at::kInt), at::empty({rows, k}, at::kFloat)};
  if (size == 0) {
    result.index.fill_(-1);
    result.squared_distance.fill_(kInfinity);
  }
  if (size == 0 || rows == 0) return result;

  auto* const index = result.index.data_ptr<std::int32_t>();
  auto* const distance = result.squared_distance.data_ptr<float>();
  if (!queries) {
    knn_into(packed, k, index, distance);
    return result;
  }
  const BoxTreeMemory memory = build_box_tree(in(packed), size);
  const float* const from = in(packed_queries);
  const auto query_order = morton_order(from, rows);
  const auto query = raw<float>(3 * rows);
  const auto row = raw<std::uint32_t>(rows);
  for (std::int64_t i = 0; i < rows; ++i) {
    row[i] = query_order[i].index;
    std::copy_n(from + 3 * std::int64_t{row[i]}, 3, &query[3 * i]);
  }
  run({&memory.tree, query.get(), row.get(), k, index, distance}, rows);
  return result;
}

}  // namespace

void knn_into(const at::Tensor& points, int k, std::int32_t* index, float* squared_distance) {
  const std::int64_t size = points.size(0);
  const BoxTreeMemory memory = build_box_tree(in(points), size);
  run({&memory.tree, nullptr, nullptr, k, index, squared_distance}, size);
}

void knn_in_turn(const at::Tensor& points, int k, float most, const std::function<void(const FoundNeighbours&)>& use) {
  TORCH_CHECK(k >= 1, "knn: k must be at least 1, got ", k);
  constexpr std::int64_t kPiece = 16 * kFan, kAtOnce = 256 * kPiece;
  const at::Tensor packed = checked(points, "points");
  const std::int64_t size = packed.size(0);
  if (size == 0) return;
  const BoxTreeMemory memory = build_box_tree(in(packed), size);
  const auto index = raw<std::int32_t>(std::min(size, kAtOnce) * k);
  const auto distance = raw<float>(std::min(size, kAtOnce) * k);
  KnnTask task{&memory.tree, nullptr, nullptr, k, index.get(), distance.get(), most};
  KnnSearch* const run = knn_search_for_cpu();
  for (task.first = 0; task.first < size; task.first += kAtOnce) {
    const std::int64_t count = std::min(kAtOnce, size - task.first);
    parallel_pieces(count, kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
      std::vector<std::uint64_t> nearest(k);
      run(task, task.first + begin, task.first + end, nearest.data());
    });
    use({count, memory.tree.index + task.first, index.get()});
  }
}

Neighbours knn(const at::Tensor& points, int k) { return search(points, nullptr, k); }

Neighbours knn(const at::Tensor& points, const at::Tensor& queries, int k) { return search(points, &queries, k); }

}  // namespace treewalk
