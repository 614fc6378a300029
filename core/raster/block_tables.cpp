// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <ATen/ops/_unique2.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/device/in_out.h"
#include "core/device/parallel.h"
#include "core/raster/raster_kernel.h"
#include "core/raster/sparse_raster.h"

namespace treewalk {
namespace {

using Keys = std::vector<std::int64_t>;

constexpr std::int64_t kPiece = 1 << 16;

void sort_and_unite(Keys& key) {
  std::sort(key.begin(), key.end());
  key.erase(std::unique(key.begin(), key.end()), key.end());
}

std::int64_t parent_of(std::int64_t key) { return RasterBlocks::key_of((key & 0xffffffff) >> 1, key >> 33); }

at::Tensor integers(std::vector<std::int64_t> size, at::ScalarType type) { return at::empty(size, type); }

std::int32_t place_of(const Keys& sorted, std::int64_t key) {
  const auto found = std::lower_bound(sorted.begin(), sorted.end(), key);
  return found != sorted.end() && *found == key ? static_cast<std::int32_t>(found - sorted.begin()) : -1;
}

/// The blocks around each; columns and rows are not negative and leave room above.
at::Tensor near_of(const Keys& key) {
  const auto size = static_cast<std::int64_t>(key.size());
  at::Tensor near = integers({size, 9}, at::kInt);
  std::int32_t* const to = out(near);
  for (std::int64_t b = 0; b < size; ++b)
    for (int k = 0; k < 9; ++k) {
      const std::int64_t column = (key[b] & 0xffffffff) + k % 3 - 1, row = (key[b] >> 32) + k / 3 - 1;
      to[9 * b + k] = column < 0 || row < 0 ? -1 : place_of(key, RasterBlocks::key_of(column, row));
    }
  return near;
}

BlockLevel level_of(const Keys& key) {
  BlockLevel level;
  level.key = integers({static_cast<std::int64_t>(key.size())}, at::kLong);
  std::int64_t* const to = out(level.key);
  std::copy(key.begin(), key.end(), to);
  level.near = near_of(key);
  return level;
}

void connect(BlockLevel& finer, const Keys& key, BlockLevel& coarser, const Keys& parent) {
  finer.parent = integers({finer.key.size(0)}, at::kInt);
  coarser.child = integers({coarser.key.size(0), 4}, at::kInt).fill_(-1);
  std::int32_t *up = out(finer.parent), *down = out(coarser.child);
  for (std::size_t b = 0; b < key.size(); ++b) {
    up[b] = place_of(parent, parent_of(key[b]));
    down[4 * up[b] + 2 * (key[b] >> 32 & 1) + (key[b] & 1)] = static_cast<std::int32_t>(b);
  }
}

std::vector<std::int32_t> by_column(const Keys& key) {
  std::vector<std::int32_t> order(key.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::int32_t a, std::int32_t b) { return (key[a] & 0xffffffff) < (key[b] & 0xffffffff); });
  return order;
}

}  // namespace

RasterBlocks BlockLevel::blocks(int shift) const { return {key.size(0), in(key), in(near), shift}; }

Keys blocks_of_points(const at::Tensor& position, const RasterFrame& frame) {
  const std::int64_t size = position.size(0);
  Keys all;
  if (!position.is_cpu()) {
    const at::Tensor key = at::empty({size}, position.options().dtype(at::kLong));
    parallel_for(position.device(), size, BlockOfPoint{frame, in(position), out(key)});
    const at::Tensor different = std::get<0>(at::_unique2(key)).cpu();
    const std::int64_t* const first = in(different);
    all.assign(first, first + different.size(0));
    sort_and_unite(all);
    return all;
  }
  const BlockOfPoint block{frame, in(position), nullptr};
  std::vector<Keys> part((size + kPiece - 1) / kPiece);
  parallel_pieces(size, kPiece, [&](std::int64_t p, std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t key = block.of(block.position + 3 * i);
      if (part[p].empty() || part[p].back() != key) part[p].push_back(key);  // neighbours in the list are near in space
    }
    sort_and_unite(part[p]);
  });
  for (const Keys& some : part) all.insert(all.end(), some.begin(), some.end());
  sort_and_unite(all);
  return all;
}

Keys parents_of_blocks(const Keys& key) {
  Keys parent;
  for (const std::int64_t k : key) parent.push_back(parent_of(k));
  sort_and_unite(parent);
  return parent;
}

std::shared_ptr<const BlockTables> block_tables(Keys key, c10::Device device) {
  auto tables = std::make_shared<BlockTables>();
  tables->level.push_back(level_of(key));
  tables->by_column = by_column(key);
  while (key.size() > 1) {
    Keys parent = parents_of_blocks(key);
    tables->level.push_back(level_of(parent));
    connect(tables->level[tables->level.size() - 2], key, tables->level.back(), parent);
    key = std::move(parent);
  }
  for (BlockLevel& level : tables->level)
    for (at::Tensor* table : {&level.key, &level.near, &level.child, &level.parent})
      if (table->defined()) *table = table->to(device);
  return tables;
}

Raster in_blocks(const RasterFrame& frame, std::shared_ptr<const BlockTables> tables) {
  Raster raster{frame, {}, std::move(tables)};
  raster.blocks = raster.tables->level.front().blocks(RasterBlocks::kShift);
  return raster;
}

}  // namespace treewalk
