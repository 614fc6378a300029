// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "tests/sequoia_reference/tree.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

namespace treewalk::sequoia_reference {
namespace {

using Cell = std::array<std::int64_t, 4>;

/// The bounding box, widened by 1e-6, and the size of its cells at each depth.
struct Box {
  std::array<float, 3> corner{};
  std::array<std::array<float, 3>, kVoxelDepths> cell_size{};
};

Box box_of(const float* p, std::int64_t points) {
  Box box;
  for (int a = 0; a < 3; ++a) {
    float low = p[a], high = p[a];
    for (std::int64_t i = 1; i < points; ++i) {
      low = std::min(low, p[3 * i + a]);
      high = std::max(high, p[3 * i + a]);
    }
    low -= 1e-6f;
    high += 1e-6f;
    box.corner[a] = low;
    float cells = 1;
    for (int depth = 0; depth < kVoxelDepths; ++depth, cells *= kBranching)
      box.cell_size[depth][a] = (high - low) / cells;
  }
  return box;
}

Cell cell_of(const float* p, const Box& box, int depth) {
  Cell cell{0, 0, 0, depth};
  for (int a = 0; a < 3; ++a)
    cell[a] = static_cast<std::int64_t>(std::trunc((p[a] - box.corner[a]) / box.cell_size[depth][a]));
  return cell;
}

/// One number for a cell; there are fewer than 2^16 cells per axis.
std::uint64_t key_of(const Cell& cell) {
  return std::uint64_t(cell[0]) << 48 | std::uint64_t(cell[1]) << 32 | std::uint64_t(cell[2]) << 16 |
         std::uint64_t(cell[3]);
}

/// Distinct (parent, child) pairs between two depths of voxels, in the order of their hash.
std::vector<Edge> edges_between(const std::vector<std::array<std::int64_t, kVoxelDepths>>& voxel, int depth) {
  std::vector<std::pair<std::uint64_t, Edge>> hashed;
  std::unordered_set<std::uint64_t> seen;
  for (const auto& of_point : voxel) {
    const std::int64_t pair[2] = {of_point[depth], of_point[depth + 1]};
    if (seen.insert(std::uint64_t(pair[0]) << 32 | std::uint64_t(pair[1])).second)
      hashed.push_back({hash_of(pair, 2), {pair[0], pair[1], depth, depth + 1}});
  }
  std::sort(hashed.begin(), hashed.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Edge> edges;
  for (const auto& [hash, edge] : hashed) edges.push_back(edge);
  return edges;
}

}  // namespace

std::uint64_t hash_of(const std::int64_t* word, int words) {
  std::uint64_t hash = 14695981039346656037u;
  for (int i = 0; i < words; ++i) hash = (hash * 1099511628211u) ^ static_cast<std::uint64_t>(word[i]);
  return hash;
}

Tree build_tree(const at::Tensor& position, CentreFrame frame) {
  TORCH_CHECK(position.dim() == 2 && position.size(1) == 3 && position.size(0) > 0,
              "build_tree: position must be [N,3] with a point, got ", position.sizes());
  const at::Tensor points = position.to(at::kFloat).contiguous();
  const auto* p = points.const_data_ptr<float>();
  Tree tree;
  tree.points = points.size(0);
  const Box box = box_of(p, tree.points);

  std::unordered_map<std::uint64_t, std::int64_t> id_of_cell;
  std::vector<std::array<std::uint64_t, kVoxelDepths>> key(tree.points);
  for (std::int64_t i = 0; i < tree.points; ++i)
    for (int depth = 0; depth < kVoxelDepths; ++depth) {
      const Cell cell = cell_of(p + 3 * i, box, depth);
      key[i][depth] = key_of(cell);
      if (id_of_cell.emplace(key[i][depth], 0).second) tree.cell.push_back(cell);
    }
  std::sort(tree.cell.begin(), tree.cell.end(),
            [](const Cell& a, const Cell& b) { return hash_of(a.data(), 4) < hash_of(b.data(), 4); });
  for (std::size_t r = 0; r < tree.cell.size(); ++r) id_of_cell[key_of(tree.cell[r])] = tree.points + std::int64_t(r);

  std::vector<std::array<std::int64_t, kVoxelDepths>> voxel(tree.points);
  for (std::int64_t i = 0; i < tree.points; ++i)
    for (int depth = 0; depth < kVoxelDepths; ++depth) voxel[i][depth] = id_of_cell.at(key[i][depth]);
  for (std::size_t r = 0; r < tree.cell.size(); ++r)
    if (tree.cell[r][3] == 1) tree.edge.push_back({voxel[0][0], tree.points + std::int64_t(r), 0, 1});
  for (int depth = 1; depth + 1 < kVoxelDepths; ++depth)
    for (const Edge& edge : edges_between(voxel, depth)) tree.edge.push_back(edge);
  for (std::int64_t i = 0; i < tree.points; ++i)
    tree.edge.push_back({voxel[i][kVoxelDepths - 1], i, kVoxelDepths - 1, kVoxelDepths});

  tree.coordinates = at::empty({tree.nodes(), 3}, at::kFloat);
  tree.coordinates.narrow(0, 0, tree.points).copy_(points);
  auto* centre = tree.coordinates.mutable_data_ptr<float>() + 3 * tree.points;
  for (const Cell& cell : tree.cell)
    for (int a = 0; a < 3; ++a) {
      const float size = box.cell_size[cell[3]][a];
      const float from_corner = static_cast<float>(cell[a]) * size + size / 2;
      *centre++ = frame == CentreFrame::of_the_points ? from_corner + box.corner[a] : from_corner;
    }
  return tree;
}

}  // namespace treewalk::sequoia_reference
