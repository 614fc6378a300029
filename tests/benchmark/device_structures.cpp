// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cdist.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/sparse_csr_tensor.h>
#include <ATen/ops/topk.h>

#include <algorithm>
#include <vector>

#include "core/geometry/knn.h"
#include "core/geometry/octree.h"
#include "core/walks/mask.h"
#include "core/walks/modulation.h"
#include "core/walks/walks.h"
#include "tests/benchmark/device_stages.h"
#include "tests/support/support.h"

namespace treewalk {
namespace {

constexpr int kLevels = 10;

/// As LibTorch's sparse operators take it.
at::Tensor sparse(const Csr& rows, const at::Tensor& value) {
  return at::sparse_csr_tensor(rows.offset, rows.column, value, {rows.rows(), rows.columns},
                               value.options().layout(at::kSparseCsr));
}

struct Walks {
  WalkGraph graph;
  WalkBasis basis;
  MaskPattern pattern;
  at::Tensor phi;
};

}  // namespace

void structure_stages(DeviceSides& sides, std::int64_t n, BothSides<SurfaceGraph>& surface) {
  const double points = static_cast<double>(n);
  const auto host = test::surface_points(n, 1);
  sides.stage("points to the device", 12 * points, 0, [&](c10::Device device) {
    surface.on(device).position = host.to(device, false, true);
    return DeviceSides::Results{surface.on(device).position};
  });
  const Grid grid = fit_grid(host, kLevels);
  BothSides<Octree> octree;
  // Keys, a radix sort of keys and indices (8 passes, read and written), the levels' marks, scans and cells.
  sides.stage("octree, 10 levels", points * (20 + 8 * 32 + 12 + kLevels * 24.0), 0, [&](c10::Device device) {
    auto& made = octree.on(device);
    made = build_octree(surface.on(device).position, grid, kLevels);
    DeviceSides::Results all{made.order, made.leaf};
    for (const auto& level : made.level) all.insert(all.end(), {level.key, level.point, level.child, level.parent});
    return all;
  });
  for (const auto device : sides.devices()) {
    auto& position = surface.on(device).position;
    if (position.defined()) position = position.index_select(0, octree.on(device).order);
  }
  BothSides<Neighbours> nearest;
  // Keys and their sort, the leaves, and the result; leaves and boxes are read again and again, but from the cache.
  sides.stage("16 nearest neighbours", points * (20 + 8 * 32 + 12 + 16 + 2.0 * 4 * kNearest + 4 * kNearest), 0,
              [&](c10::Device device) {
                nearest.on(device) = knn(surface.on(device).position, kNearest);
                return DeviceSides::Results{nearest.on(device).index, nearest.on(device).squared_distance};
              });
  const auto& position = surface.on(sides.device()).position;
  const std::int64_t queries = std::clamp<std::int64_t>((std::int64_t{1} << 28) / n, 16, n);  // 1 GB of distances
  sides.instead("cdist and topk", points / static_cast<double>(queries), [&] {
    return std::get<1>(at::topk(at::cdist(position.narrow(0, 0, queries), position), kNearest + 1, 1, false));
  });
  sides.stage("as a graph", points * (3.0 * 4 * kNearest + 16), 0, [&](c10::Device device) {
    auto& graph = surface.on(device).graph;
    graph = to_csr(nearest.on(device), n);
    return DeviceSides::Results{graph.offset, graph.column};
  });
  const double entries = points * kNearest;
  sides.stage("its transpose", entries * (8 + 4 * 24 + 16), 0, [&](c10::Device device) {
    const auto turned = transpose(surface.on(device).graph);
    return DeviceSides::Results{turned.graph.offset, turned.graph.column, turned.entry};
  });
  sides.stage("united with it", entries * (8 + 4 * 24 + 16 + 16), 0, [&](c10::Device device) {
    const auto united = unite(surface.on(device).graph);
    return DeviceSides::Results{united.offset, united.column};
  });
}

void mask_stages(DeviceSides& sides, BothSides<SurfaceGraph>& surface) {
  BothSides<Walks> walks;
  for (const auto device : sides.devices())
    if (surface.on(device).graph.offset.defined())
      walks.on(device).graph = make_walk_graph(surface.on(device).graph, WalkGraph::random_walk);
  const auto& graph = surface.on(sides.device()).graph;
  const double entries = static_cast<double>(graph.entries());
  const auto w = sparse(graph, at::ones({graph.entries()}, graph.column.options().dtype(at::kFloat)).div(kNearest));
  for (const int hops : {2, 1}) {
    WalkOptions exact;
    exact.walkers = 0;
    exact.hops = hops;
    double visits = 0, reached = entries;
    for (int hop = 1; hop <= hops; ++hop, reached *= kNearest) visits += reached;
    // A visit is written, sorted and combined in a key and a number, twice, and packed.
    sides.stage("walks of " + std::to_string(hops) + (hops == 1 ? " hop" : " hops") + ", exact", visits * (6 * 16 + 13),
                0, [&](c10::Device device) {
                  auto& made = walks.on(device);
                  made.basis = walk_basis(made.graph, exact);
                  return DeviceSides::Results{made.basis.rows.offset, made.basis.rows.column, made.basis.part,
                                              made.basis.hop, made.basis.value};
                });
    if (hops == 2) sides.instead("a sparse product, W W", 1, [&] { return w.mm(w); });
  }
  constexpr int kHeads = 4;
  const auto f = at::rand({kHeads, 2}) + 0.1;
  const double visited = static_cast<double>(walks.on(sides.device()).basis.rows.entries());
  sides.stage("Phi of 4 heads by modulation", visited * (4 + 9 + 4 * kHeads), 1e-6, [&](c10::Device device) {
    auto& made = walks.on(device);
    made.phi = modulated(made.basis, f.to(device));
    return DeviceSides::Results{made.phi};
  });
  auto& there = walks.on(sides.device());
  double masked = 0;
  const auto pattern = [&](c10::Device device) {
    auto& made = walks.on(device);
    made.pattern = product_pattern(made.basis.rows);
    const auto& rows = made.pattern.rows;
    masked = static_cast<double>(rows.entries());
    return DeviceSides::Results{rows.offset, rows.column, made.pattern.mirror, made.pattern.diagonal};
  };
  pattern(sides.device());  // its size
  sides.stage("pattern of Phi Phi^T", 8 * masked + 24 * visited, 0, pattern);
  sides.stage("Phi Phi^T of 4 heads on it", (4 + 4 * kHeads) * masked + (8 + 4 * kHeads) * visited, 1e-6,
              [&](c10::Device device) {
                const auto& made = walks.on(device);
                return DeviceSides::Results{mask_product(made.basis.rows, made.phi, made.pattern)};
              });
  sides.instead("a sparse product of each head, pattern too", 1, [&] {
    const auto turned = transpose(there.basis.rows);
    at::Tensor last;
    for (int head = 0; head < kHeads; ++head) {
      const auto value = there.phi.select(1, head).contiguous();
      last = sparse(there.basis.rows, value).mm(sparse(turned.graph, value.index_select(0, turned.entry)));
    }
    return last;
  });
}

}  // namespace treewalk
