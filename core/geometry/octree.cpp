// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/geometry/octree.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/device/in_out.h"
#include "core/geometry/bounds.h"
#include "core/geometry/morton.h"
#include "core/geometry/radix_sort.h"
#include "core/geometry/tree_limits.h"

namespace treewalk {
namespace {

constexpr std::int64_t kPiece = 1 << 15;
constexpr int kMaxLevels = kMortonBits + 1;

void check_points(const at::Tensor& points) {
  TORCH_CHECK(points.dim() == 2 && points.size(1) == 3, "octree: points must be [N,3], got ", points.sizes());
  TORCH_CHECK(points.scalar_type() == at::kFloat || points.scalar_type() == at::kDouble,
              "octree: points must be float32 or float64, got ", points.scalar_type());
  TORCH_CHECK(points.size(0) < std::numeric_limits<std::int32_t>::max(), "octree: ", points.size(0),
              " points are too many; 2^31 - 2 can be indexed");
}

/// Morton keys of the cells at the two ends of the points' box: all keys agree on the bits on which these two agree
/// above the highest bit in which any axis differs.
struct KeyRange {
  std::uint64_t common;  ///< the high bits of all keys
  int bits;              ///< number of low bits that differ
};

KeyRange key_range(const Bounds& bounds, const Grid& grid) {
  check_extent(bounds, grid);
  const double inv_cell = 1 / grid.cell;
  std::int64_t first[3], last[3];
  for (int axis = 0; axis < 3; ++axis) {
    const auto base = static_cast<double>(grid.base[axis]);
    const double low = (bounds.lower[axis] - grid.origin[axis]) * inv_cell - base;
    const double high = (bounds.upper[axis] - grid.origin[axis]) * inv_cell - base;
    first[axis] = static_cast<std::int64_t>(low);
    last[axis] = static_cast<std::int64_t>(high);
  }
  const std::uint64_t differ =
      static_cast<std::uint64_t>((first[0] ^ last[0]) | (first[1] ^ last[1]) | (first[2] ^ last[2]));
  const int bits = differ == 0 ? 0 : 3 * (64 - leading_zeros(differ));
  const std::uint64_t key = morton_encode(first[0], first[1], first[2]);
  return {key >> bits << bits, bits};
}

template <class T>
EncodeMorton<T> encoder(const at::Tensor& points, const Grid& grid, std::int64_t* key) {
  const auto base = [&](int axis) { return static_cast<double>(grid.base[axis]); };
  return {in(points), grid.origin[0], grid.origin[1], grid.origin[2], 1 / grid.cell, base(0), base(1), base(2), key};
}

/// The octree's arrays as raw pointers.
struct Writer {
  std::int64_t* key[kMaxLevels];
  std::int32_t *point[kMaxLevels], *child[kMaxLevels], *parent[kMaxLevels];
  std::int32_t *order, *leaf;
};

Writer allocate(Octree& octree, std::int64_t points, const std::int32_t* cells, int levels) {
  Writer to{};
  octree.order = at::empty({points}, at::kInt);
  octree.leaf = at::empty({points}, at::kInt);
  to.order = octree.order.data_ptr<std::int32_t>();
  to.leaf = octree.leaf.data_ptr<std::int32_t>();
  octree.level.resize(levels);
  for (int l = 0; l < levels; ++l) {
    OctreeLevel& level = octree.level[l];
    level.key = at::empty({cells[l]}, at::kLong);
    to.key[l] = level.key.data_ptr<std::int64_t>();
    level.point = at::empty({cells[l] + 1}, at::kInt);
    to.point[l] = level.point.data_ptr<std::int32_t>();
    to.point[l][cells[l]] = static_cast<std::int32_t>(points);
    if (l > 0) {
      level.child = at::empty({cells[l] + 1}, at::kInt);
      to.child[l] = level.child.data_ptr<std::int32_t>();
      to.child[l][cells[l]] = cells[l - 1];
    }
    if (l + 1 < levels) {
      level.parent = at::empty({cells[l]}, at::kInt);
      to.parent[l] = level.parent.data_ptr<std::int32_t>();
    }
  }
  return to;
}

/// All levels in one pass over the sorted keys: where neighbouring keys first agree tells on which levels a cell
/// begins.
template <class Key>
void write_levels(Octree& octree, const Keyed<Key>* item, std::int64_t size, std::uint64_t common, int levels) {
  // begins[i]: on how many levels point i begins a cell; first[p][l]: cells of level l before piece p
  const auto begins = raw<std::uint8_t>(size);
  const std::int64_t pieces = (size + kPiece - 1) / kPiece;
  std::vector<std::array<std::int32_t, kMaxLevels + 1>> first(pieces + 1);
  parallel_pieces(size, kPiece, [&](std::int64_t p, std::int64_t begin, std::int64_t end) {
    std::array<std::int32_t, kMaxLevels + 1> count{};
    for (std::int64_t i = begin; i < end; ++i) {
      begins[i] =
          static_cast<std::uint8_t>(i == 0 ? levels : std::min(common_level(item[i - 1].key, item[i].key), levels));
      ++count[begins[i]];
    }
    for (int l = levels - 1; l >= 0; --l) count[l] += count[l + 1];  // a cell that begins on level l begins below too
    std::copy_n(count.begin() + 1, levels, first[p + 1].begin());
  });
  for (std::int64_t p = 0; p < pieces; ++p)
    for (int l = 0; l < levels; ++l) first[p + 1][l] += first[p][l];

  const Writer to = allocate(octree, size, first[pieces].data(), levels);
  parallel_pieces(size, kPiece, [&](std::int64_t p, std::int64_t begin, std::int64_t end) {
    std::array<std::int32_t, kMaxLevels + 1> next = first[p];
    std::int64_t no_key;  // where writes go that are none
    std::int32_t no_point, no_parent;
    for (std::int64_t i = begin; i < end; ++i) {
      const std::uint64_t key = common | item[i].key;
      for (int l = begins[i] - 1; l > 0; --l) {  // downwards: the parent's number is known, the first child's is next
        const std::int32_t cell = next[l]++;
        to.key[l][cell] = static_cast<std::int64_t>(key >> 3 * l);
        to.point[l][cell] = static_cast<std::int32_t>(i);
        to.child[l][cell] = next[l - 1];
        if (l + 1 < levels) to.parent[l][cell] = next[l + 1] - 1;
      }
      // Whether a point begins a leaf cannot be predicted, so the leaves are written without a branch.
      const bool leaf = begins[i] > 0;
      *(leaf ? to.key[0] + next[0] : &no_key) = static_cast<std::int64_t>(key);
      *(leaf ? to.point[0] + next[0] : &no_point) = static_cast<std::int32_t>(i);
      *(leaf && levels > 1 ? to.parent[0] + next[0] : &no_parent) = next[1] - 1;
      next[0] += leaf;
      to.order[i] = static_cast<std::int32_t>(item[i].index);
      to.leaf[item[i].index] = next[0] - 1;
    }
  });
}

/// The low `range.bits` bits of the keys, which differ, in as short a number as they fit.
template <class Key, class T>
Key differing_bits(const EncodeMorton<T>& keys, const KeyRange& range, std::int64_t i) {
  if (sizeof(Key) == 8) return static_cast<Key>(keys.encode(i) & ((std::uint64_t{1} << range.bits) - 1));
  const MortonCell cell = keys.cell(i);
  const auto mask = (std::uint32_t{1} << range.bits / 3) - 1;
  return static_cast<Key>(short_morton_encode(cell.x & mask, cell.y & mask, cell.z & mask));
}

template <class Key, class T>
void build(Octree& octree, const at::Tensor& points, const KeyRange& range, int levels) {
  const std::int64_t size = points.size(0);
  const EncodeMorton<T> keys = encoder<T>(points, octree.grid, nullptr);
  auto item = raw<Keyed<Key>>(size);
  parallel_pieces(size, kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      item[i] = {differing_bits<Key>(keys, range, i), static_cast<std::uint32_t>(i)};
  });
  radix_sort(item, size, range.bits);
  write_levels(octree, item.get(), size, range.common, levels);
}

}  // namespace

Grid fit_grid(const at::Tensor& points, int depth) {
  check_points(points);
  return fit_grid(bounds_of_points(points.contiguous()), depth);
}

Grid fit_grid(const Bounds& bounds, int depth) {
  TORCH_CHECK(depth >= 0 && depth < kMaxLevels, "octree: depth must be 0..", kMaxLevels - 1, ", got ", depth);
  TORCH_CHECK(bounds.finite, "octree: a point has a coordinate that is not finite");
  Grid grid;
  if (bounds.lower[0] > bounds.upper[0]) return grid;
  const double extent = bounds.longest_side();
  TORCH_CHECK(std::isfinite(extent), "octree: the extent of the points overflows");
  grid.origin = bounds.lower;
  if (extent == 0) return grid;
  const double cells = std::ldexp(1.0, depth);
  grid.cell = std::max(extent / cells, 1e-300);  // 1 / cell must be finite
  while (extent * (1 / grid.cell) >= cells) grid.cell = std::nextafter(grid.cell, HUGE_VAL);
  return grid;
}

Octree build_octree(const at::Tensor& points, const Grid& grid, int levels) {
  check_points(points);
  check_tree(grid, levels);
  if (!points.is_cpu() || grid.branching != 2 || points.size(0) == 0)
    return build_octree_by_scans(points, grid, levels);
  const at::Tensor packed = points.contiguous();
  const KeyRange range = key_range(bounds_of_points(packed), grid);
  Octree octree;
  octree.grid = grid;
  const bool single = packed.scalar_type() == at::kFloat;
  if (range.bits <= 30)
    single ? build<std::uint32_t, float>(octree, packed, range, levels)
           : build<std::uint32_t, double>(octree, packed, range, levels);
  else
    single ? build<std::uint64_t, float>(octree, packed, range, levels)
           : build<std::uint64_t, double>(octree, packed, range, levels);
  return octree;
}

void Octree::check() const {
  const std::int64_t points = order.size(0), family = std::int64_t(grid.branching) * grid.branching * grid.branching;
  const auto host = [](const at::Tensor& tensor, at::ScalarType type, std::int64_t size, const char* name, int l) {
    TORCH_CHECK(tensor.defined() && tensor.dim() == 1 && tensor.size(0) == size && tensor.scalar_type() == type,
                "octree: ", name, " of level ", l, " must hold ", size, " values of type ", type);
    return tensor.cpu().contiguous();
  };
  const auto check_offsets = [](const std::int32_t* offset, std::int64_t rows, std::int64_t end, const char* name,
                                int l) {
    TORCH_CHECK(offset[0] == 0 && offset[rows] == end, "octree: ", name, " of level ", l, " must run from 0 to ", end);
    for (std::int64_t r = 0; r < rows; ++r)
      TORCH_CHECK(offset[r] < offset[r + 1], "octree: cell ", r, " of level ", l, " has no ", name);
  };
  for (int l = 0; l < levels(); ++l) {
    const std::int64_t cells = level[l].size();
    const auto key = host(level[l].key, at::kLong, cells, "key", l);
    const std::int64_t* k = in(key);
    for (std::int64_t c = 1; c < cells; ++c)
      TORCH_CHECK(k[c - 1] < k[c], "octree: keys of level ", l, " do not ascend at cell ", c);
    const auto point = host(level[l].point, at::kInt, cells + 1, "points", l);
    check_offsets(in(point), cells, points, "points", l);
    if (l == 0) continue;
    const std::int64_t below = level[l - 1].size();
    const auto child = host(level[l].child, at::kInt, cells + 1, "children", l);
    const auto parent = host(level[l - 1].parent, at::kInt, below, "parent", l - 1);
    const auto finer = level[l - 1].key.cpu(), start = level[l - 1].point.cpu();
    const std::int32_t* first = in(child);
    check_offsets(first, cells, below, "children", l);
    for (std::int64_t c = 0; c < cells; ++c) {
      TORCH_CHECK(point.const_data_ptr<std::int32_t>()[c] == start.const_data_ptr<std::int32_t>()[first[c]],
                  "octree: cell ", c, " of level ", l, " does not begin with its first child");
      for (std::int32_t f = first[c]; f < first[c + 1]; ++f)
        TORCH_CHECK(
            parent.const_data_ptr<std::int32_t>()[f] == c && finer.const_data_ptr<std::int64_t>()[f] / family == k[c],
            "octree: cell ", f, " of level ", l - 1, " is no child of cell ", c);
    }
  }
  const auto sorted = host(order, at::kInt, points, "order", 0), cell = host(leaf, at::kInt, points, "leaf", 0);
  const auto start = level[0].point.cpu();
  std::vector<bool> seen(points);
  for (std::int64_t c = 0; c < level[0].size(); ++c)
    for (auto i = start.const_data_ptr<std::int32_t>()[c]; i < start.const_data_ptr<std::int32_t>()[c + 1]; ++i) {
      const std::int32_t p = sorted.const_data_ptr<std::int32_t>()[i];
      TORCH_CHECK(p >= 0 && p < points && !seen[p], "octree: order is no permutation at ", i);
      seen[p] = true;
      TORCH_CHECK(cell.const_data_ptr<std::int32_t>()[p] == c, "octree: point ", p, " is not in leaf cell ", c);
    }
}

}  // namespace treewalk
