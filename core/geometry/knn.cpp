// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/geometry/knn.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/device/cpu.h"
#include "core/geometry/bounds.h"
#include "core/geometry/knn_search.h"
#include "core/geometry/morton.h"
#include "core/geometry/radix_sort.h"

namespace treewalk {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr std::uint32_t kNobody = std::numeric_limits<std::uint32_t>::max();
constexpr int kOrderBits = 10;  // an axis, so that a key has 32 bits
constexpr std::int64_t kPiece = 1 << 15;

using Item = Keyed<std::uint32_t>;

/// Brings the points of `item` into Morton order within their own box; equal points keep their order. Runs of equal
/// keys too long for a few leaves (duplicates apart) are refined in their own boxes: an outlier far away must not put
/// all others into one cell. Each refinement shrinks the box 1000 times, so floats allow no more than thirty.
void morton_order(const float* point, Raw<Item>& item, std::int64_t size) {
  constexpr std::int64_t kLong = 4 * kFan;
  const std::int64_t pieces = (size + kPiece - 1) / kPiece;
  std::vector<Bounds> part(pieces, bounds_of(point, 0, 0));
  const auto at = [&](std::int64_t i, int axis) { return double{point[3 * std::int64_t{item[i].index} + axis]}; };
  parallel_pieces(size, kPiece, [&](std::int64_t p, std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      for (int axis = 0; axis < 3; ++axis) {
        part[p].lower[axis] = std::min(part[p].lower[axis], at(i, axis));
        part[p].upper[axis] = std::max(part[p].upper[axis], at(i, axis));
      }
  });
  double lower[3], extent = 0;
  for (int axis = 0; axis < 3; ++axis) {
    double upper = part[0].upper[axis];
    lower[axis] = part[0].lower[axis];
    for (const Bounds& some : part) {
      lower[axis] = std::min(lower[axis], some.lower[axis]);
      upper = std::max(upper, some.upper[axis]);
    }
    extent = std::max(extent, upper - lower[axis]);
  }
  if (extent == 0) return;
  const double inv_cell = ((1 << kOrderBits) - 0.001) / extent;
  parallel_pieces(size, kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      std::uint64_t cell[3];
      for (int axis = 0; axis < 3; ++axis)
        cell[axis] = static_cast<std::uint64_t>((at(i, axis) - lower[axis]) * inv_cell);
      item[i].key = static_cast<std::uint32_t>(morton_encode(cell[0], cell[1], cell[2]));
    }
  });
  radix_sort(item, size, 3 * kOrderBits);

  const auto refine = [&](std::int64_t begin, std::int64_t end) {
    auto run = raw<Item>(end - begin);
    std::copy(&item[begin], &item[begin] + (end - begin), run.get());
    morton_order(point, run, end - begin);
    std::copy(run.get(), run.get() + (end - begin), &item[begin]);
  };
  std::vector<std::pair<std::int64_t, std::int64_t>> huge;  // worth all threads each
  std::vector<std::vector<std::pair<std::int64_t, std::int64_t>>> run(pieces);
  parallel_pieces(size, kPiece, [&](std::int64_t p, std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {  // runs that begin in this piece
      if (i + kLong >= size || item[i].key != item[i + kLong].key || (i > 0 && item[i - 1].key == item[i].key))
        continue;
      const Item* last = std::upper_bound(&item[i], &item[0] + size, item[i],
                                          [](const Item& a, const Item& b) { return a.key < b.key; });
      run[p].emplace_back(i, last - &item[0]);
    }
  });
  parallel_pieces(pieces, 1, [&](std::int64_t p, std::int64_t, std::int64_t) {
    for (const auto& [begin, end] : run[p])
      if (end - begin <= kPiece) refine(begin, end);
  });
  for (const auto& some : run)
    for (const auto& [begin, end] : some)
      if (end - begin > kPiece) refine(begin, end);
}

Raw<Item> morton_order(const float* point, std::int64_t size) {
  auto item = raw<Item>(size);
  parallel_pieces(size, kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) item[i] = {0, static_cast<std::uint32_t>(i)};
  });
  if (size > 0) morton_order(point, item, size);
  return item;
}

struct TreeMemory {
  BoxTree tree;
  Raw<float> point, box[kMaxBoxLevels];
  Raw<std::uint32_t> index, lowest[kMaxBoxLevels];
};

/// Box j of a group, read or written.
struct BoxPlace {
  float* box;
  std::uint32_t* lowest;
  void clear() const {
    for (int axis = 0; axis < 3; ++axis) {
      box[axis * kFan] = kInfinity;
      box[(3 + axis) * kFan] = -kInfinity;
    }
    *lowest = kNobody;
  }
  void grow(const float* lower, const float* upper, std::int64_t stride, std::uint32_t index) const {
    for (int axis = 0; axis < 3; ++axis) {
      box[axis * kFan] = std::min(box[axis * kFan], lower[axis * stride]);
      box[(3 + axis) * kFan] = std::max(box[(3 + axis) * kFan], upper[axis * stride]);
    }
    *lowest = std::min(*lowest, index);
  }
};

TreeMemory build_tree(const float* point, std::int64_t size, const Item* item) {
  TreeMemory memory;
  std::int64_t below = (size + kFan - 1) / kFan;  // leaves, then boxes of the level below
  memory.point = raw<float>(below * 3 * kFan);
  memory.index = raw<std::uint32_t>(below * kFan);
  int level = 0;
  do {
    const std::int64_t groups = (below + kFan - 1) / kFan;
    memory.box[level] = raw<float>(groups * 6 * kFan);
    memory.lowest[level] = raw<std::uint32_t>(groups * kFan);
    const auto place = [&](std::int64_t b) {
      return BoxPlace{&memory.box[level][b / kFan * 6 * kFan + b % kFan], &memory.lowest[level][b]};
    };
    parallel_pieces(groups, 256, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
      for (std::int64_t b = begin * kFan; b < end * kFan; ++b) {
        const BoxPlace to = place(b);
        to.clear();
        if (b >= below) continue;
        if (level > 0) {
          const float* child = &memory.box[level - 1][b * 6 * kFan];
          for (int j = 0; j < kFan; ++j)
            to.grow(child + j, child + 3 * kFan + j, kFan, memory.lowest[level - 1][b * kFan + j]);
          continue;
        }
        float* leaf = &memory.point[b * 3 * kFan];
        for (std::int64_t j = 0; j < kFan; ++j) {
          const bool used = b * kFan + j < size;
          const std::uint32_t from = used ? item[b * kFan + j].index : kNobody;
          memory.index[b * kFan + j] = from;
          for (int axis = 0; axis < 3; ++axis)
            leaf[axis * kFan + j] = used ? point[3 * std::int64_t{from} + axis] : kInfinity;
          if (used) to.grow(leaf + j, leaf + j, kFan, from);
        }
      }
    });
    memory.tree.box[level] = memory.box[level].get();
    memory.tree.lowest[level] = memory.lowest[level].get();
    below = groups;
    ++level;
  } while (below > 1);
  memory.tree.levels = level;
  memory.tree.point = memory.point.get();
  memory.tree.index = memory.index.get();
  return memory;
}

at::Tensor checked(const at::Tensor& points, const char* name) {
  TORCH_CHECK(points.dim() == 2 && points.size(1) == 3 && points.scalar_type() == at::kFloat, "knn: ", name,
              " must be [N,3] float32, got ", points.sizes(), " of ", points.scalar_type());
  TORCH_CHECK(points.is_cpu(), "knn: ", name, " must be on the CPU");
  TORCH_CHECK(points.size(0) < std::numeric_limits<std::int32_t>::max(), "knn: ", points.size(0),
              " points are too many; 2^31 - 2 can be indexed");
  const at::Tensor packed = points.contiguous();
  TORCH_CHECK(parallel_bounds(packed.const_data_ptr<float>(), packed.size(0)).finite, "knn: ", name, " must be finite");
  return packed;
}

KnnSearch* search_for_cpu() {
#ifdef __x86_64__
  if (cpu() == Cpu::kAvx512) return knn_search_avx512;
  if (cpu() == Cpu::kAvx2) return knn_search_avx2;
#endif
  return knn_search_baseline;
}

Neighbours search(const at::Tensor& points, const at::Tensor* queries, int k) {
  TORCH_CHECK(k >= 1, "knn: k must be at least 1, got ", k);
  const at::Tensor packed = checked(points, "points");
  const at::Tensor packed_queries = queries ? checked(*queries, "queries") : packed;
  const std::int64_t size = packed.size(0), rows = packed_queries.size(0);
  Neighbours result{at::empty({rows, k}, at::kInt), at::empty({rows, k}, at::kFloat)};
  if (size == 0) {
    result.index.fill_(-1);
    result.squared_distance.fill_(kInfinity);
  }
  if (size == 0 || rows == 0) return result;

  const float* point = packed.const_data_ptr<float>();
  const auto order = morton_order(point, size);
  const TreeMemory memory = build_tree(point, size, order.get());
  KnnTask task{memory.tree,
               nullptr,
               nullptr,
               k,
               result.index.data_ptr<std::int32_t>(),
               result.squared_distance.data_ptr<float>()};
  Raw<float> query;
  Raw<std::uint32_t> row;
  if (queries) {
    const float* from = packed_queries.const_data_ptr<float>();
    const auto query_order = morton_order(from, rows);
    query = raw<float>(3 * rows);
    row = raw<std::uint32_t>(rows);
    for (std::int64_t i = 0; i < rows; ++i) {
      row[i] = query_order[i].index;
      std::copy_n(from + 3 * std::int64_t{row[i]}, 3, &query[3 * i]);
    }
    task.query = query.get();
    task.row = row.get();
  }
  KnnSearch* const run = search_for_cpu();
  parallel_pieces(rows, 16 * kFan, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    std::vector<std::uint64_t> nearest(k);
    run(task, begin, end, nearest.data());
  });
  return result;
}

}  // namespace

Neighbours knn(const at::Tensor& points, int k) { return search(points, nullptr, k); }

Neighbours knn(const at::Tensor& points, const at::Tensor& queries, int k) { return search(points, &queries, k); }

}  // namespace treewalk
