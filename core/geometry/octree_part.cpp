// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/geometry/octree_part.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <numeric>

#include "core/device/in_out.h"
#include "core/device/parallel.h"

namespace treewalk {
namespace {

std::int64_t size_of(const CellRuns& runs) {
  std::int64_t size = 0;
  for (const auto& [begin, end] : runs) size += end - begin;
  return size;
}

/// The elements of the runs, one after the other.
at::Tensor elements(const at::Tensor& all, const CellRuns& runs) {
  std::vector<at::Tensor> pieces;
  for (const auto& [begin, end] : runs) pieces.push_back(all.narrow(0, begin, end - begin));
  return pieces.empty() ? at::empty({0}, all.options()) : at::cat(pieces);
}

/// What the cells of the runs hold, where cell c holds first[c] .. first[c+1].
CellRuns held(const at::Tensor& first, const CellRuns& runs) {
  const std::int32_t* f = in(first);
  CellRuns result;
  for (const auto& [begin, end] : runs) result.emplace_back(f[begin], f[end]);
  return result;
}

/// The numbers in the runs, one after the other.
at::Tensor numbers_in(const CellRuns& runs) {
  at::Tensor result = at::empty({size_of(runs)}, at::kInt);
  std::int32_t* to = out(result);
  for (const auto& [begin, end] : runs) {
    std::iota(to, to + (end - begin), static_cast<std::int32_t>(begin));
    to += end - begin;
  }
  return result;
}

/// The offsets of the runs' cells, counted from the first of them that is taken.
at::Tensor offsets(const at::Tensor& first, const CellRuns& runs) {
  at::Tensor result = at::empty({size_of(runs) + 1}, at::kInt);
  const std::int32_t* from = in(first);
  std::int32_t *to = out(result), before = 0;
  for (const auto& [begin, end] : runs) {
    for (std::int64_t c = begin; c < end; ++c) *to++ = before + (from[c] - from[begin]);
    before += from[end] - from[begin];
  }
  *to = before;
  return result;
}

/// The parents' places among those that are taken, whose runs in the whole these are.
at::Tensor places(const at::Tensor& parent, const CellRuns& runs, const CellRuns& parents) {
  at::Tensor result = at::empty({size_of(runs)}, at::kInt);
  const std::int32_t* from = in(parent);
  std::int32_t* to = out(result);
  auto run = parents.begin();
  std::int64_t before = 0;
  for (const auto& [begin, end] : runs)
    for (std::int64_t c = begin; c < end; ++c) {
      for (; from[c] >= run->second; ++run) before += run->second - run->first;
      *to++ = static_cast<std::int32_t>(before + from[c] - run->first);
    }
  return result;
}

/// Runs of the parents of the runs' cells.
CellRuns parents_of(const at::Tensor& parent, const CellRuns& runs) {
  const std::int32_t* p = in(parent);
  CellRuns result;
  for (const auto& [begin, end] : runs) {
    if (begin == end) continue;
    const std::int64_t first = p[begin], last = p[end - 1] + 1;
    if (!result.empty() && first <= result.back().second)
      result.back().second = std::max(result.back().second, last);
    else
      result.emplace_back(first, last);
  }
  return result;
}

/// Offsets of `count` cells over the members whose cells these are, ascending.
at::Tensor offsets_of_owners(const at::Tensor& owner, std::int64_t count, const at::Tensor& first) {
  at::Tensor result = at::zeros({count + 1}, at::kInt);
  std::int32_t* to = out(result);
  const std::int32_t *o = in(owner), *f = first.defined() ? static_cast<const std::int32_t*>(in(first)) : nullptr;
  for (std::int64_t m = 0; m < owner.size(0); ++m) to[o[m] + 1] += f ? f[m + 1] - f[m] : 1;
  for (std::int64_t c = 0; c < count; ++c) to[c + 1] += to[c];
  return result;
}

}  // namespace

OctreePart octree_part(const Octree& whole, int level, const CellRuns& runs, bool with_points) {
  const int levels = whole.levels();
  std::vector<CellRuns> of(levels);
  of[level] = runs;
  for (int l = level; l > 0; --l) of[l - 1] = held(whole.level[l].child, of[l]);
  for (int l = level; l + 1 < levels; ++l) of[l + 1] = parents_of(whole.level[l].parent, of[l]);
  const CellRuns points = with_points ? held(whole.level[level].point, runs) : CellRuns{};

  OctreePart part;
  part.cell.resize(levels);
  part.point = elements(whole.order, points);
  Octree& octree = part.octree;
  octree.grid = whole.grid;
  octree.order = at::arange(part.point.size(0), at::kInt);
  octree.level.resize(levels);
  for (int l = 0; l < levels; ++l) {
    const OctreeLevel& from = whole.level[l];
    OctreeLevel& to = octree.level[l];
    to.key = elements(from.key, of[l]);
    if (l + 1 < levels) to.parent = places(from.parent, of[l], of[l + 1]);
    if (!with_points) to.point = at::zeros({to.size() + 1}, at::kInt);
    if (l <= level) {
      if (with_points) to.point = offsets(from.point, of[l]);
      if (l > 0) to.child = offsets(from.child, of[l]);
    } else {
      const OctreeLevel& below = octree.level[l - 1];
      if (with_points) to.point = offsets_of_owners(below.parent, to.size(), below.point);
      to.child = offsets_of_owners(below.parent, to.size(), {});
    }
    part.cell[l] = numbers_in(of[l]);
  }
  octree.leaf = at::empty({part.point.size(0)}, at::kInt);
  const std::int32_t* first = in(octree.level[0].point);
  std::int32_t* leaf = out(octree.leaf);
  for (std::int64_t c = 0; with_points && c < octree.level[0].size(); ++c)
    std::fill(leaf + first[c], leaf + first[c + 1], static_cast<std::int32_t>(c));
  return part;
}

at::Tensor parents_in(const OctreePart& part, int level, const at::Tensor& parent) {
  const auto &own = part.cell[level], &above = part.cell[level + 1];
  const auto result = at::empty_like(own);
  const std::int32_t *begin = in(above), *end = begin + above.size(0);
  const std::int32_t *node = in(own), *of_whole = in(parent), *of_octree = in(part.octree.level[level].parent);
  std::int32_t* to = out(result);
  parallel_pieces(own.size(0), 1 << 14, [&](std::int64_t, std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      const auto* const found = std::lower_bound(begin, end, of_whole[node[i]]);
      to[i] = found != end && *found == of_whole[node[i]] ? static_cast<std::int32_t>(found - begin) : of_octree[i];
    }
  });
  return result;
}

CellRuns cells_below(const Octree& whole, int level, CellRuns runs, int below) {
  for (int l = level; l > below; --l) runs = held(whole.level[l].child, runs);
  return runs;
}

std::vector<std::array<std::int32_t, 3>> places_of(const OctreeLevel& level, std::int64_t branching) {
  const std::int64_t* key = in(level.key);
  std::vector<std::array<std::int32_t, 3>> places(level.size());
  for (std::size_t c = 0; c < places.size(); ++c) {
    std::int64_t side = 1;
    for (std::int64_t rest = key[c]; rest > 0; side *= branching)
      for (auto& coordinate : places[c]) {
        coordinate += static_cast<std::int32_t>(rest % branching * side);
        rest /= branching;
      }
  }
  return places;
}

Octree octree_from(const Octree& whole, int level) {
  Octree result;
  result.grid = whole.grid;
  result.order = result.leaf = at::empty({0}, at::kInt);
  result.level.resize(whole.levels());
  for (int l = 0; l < whole.levels(); ++l) {
    OctreeLevel& to = result.level[l];
    if (l < level) {
      to.key = at::empty({0}, at::kLong);
      to.parent = at::empty({0}, at::kInt);
    } else {
      to.key = whole.level[l].key;
      to.parent = whole.level[l].parent;
    }
    to.point = at::zeros({to.size() + 1}, at::kInt);
    if (l > 0) to.child = l > level ? whole.level[l].child : to.point;
  }
  return result;
}

}  // namespace treewalk
