// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors

// The stages of one cloud on a device, each beside what its traffic alone would take: the bytes that it must move over
// the speed at which this device copies memory. Usage: device_benchmark [cpu|cuda|cuda:i [points [repeats]]]
#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <cstdlib>
#include <string>

#include "core/attention/attention.h"
#include "core/geometry/knn.h"
#include "core/geometry/octree.h"
#include "core/network/layers.h"
#include "core/walks/walks.h"
#include "tests/benchmark/timing.h"
#include "tests/support/support.h"

using namespace treewalk;

namespace {

constexpr int kLevels = 10, kNearest = 16, kHeads = 4, kWidth = 16;

struct Benchmark {
  c10::Device device;
  int repeats;
  double copied_bytes_per_second = 0;
  mutable double measured_seconds = 0, predicted_seconds = 0;  ///< of all stages

  double seconds(const std::function<void()>& work) const {
    const c10::impl::VirtualGuardImpl guard(device.type());
    std::vector<Timing> one{{"", [&] {
                               work();
                               if (!device.is_cpu()) guard.synchronizeDevice(device.index());
                             }}};
    measure(one, repeats);
    return Timing::median(one[0].seconds);
  }
  /// One line: measured, what `bytes` take at the speed of a copy, and how often that is.
  void stage(const char* name, double bytes, const std::function<void()>& work) const {
    const double measured = seconds(work), predicted = bytes / copied_bytes_per_second;
    measured_seconds += measured;
    predicted_seconds += predicted;
    std::printf("  %-44s %10.3f ms   traffic %8.1f MB: %9.3f ms   %6.1f times that\n", name, measured * 1e3,
                bytes / 1e6, predicted * 1e3, measured / predicted);
    std::fflush(stdout);
  }
};

/// Attention over the rows of a graph, and a block of it.
void attention_stages(const Benchmark& run, const Csr& graph) {
  const auto n = graph.rows();
  const auto numbers = at::TensorOptions().device(run.device);
  const double points = static_cast<double>(n), entries = static_cast<double>(graph.entries());
  AttentionInput in;
  in.heads = kHeads;
  const auto rows = [&](std::int64_t width) { return at::randn({n, width}, numbers); };
  in.query = rows(kHeads * kWidth), in.key = rows(kHeads * kWidth), in.value = rows(kHeads * kWidth);
  in.position_query = rows(kHeads * kEdgeGeometry);
  in.relation_slope = at::zeros({1, kHeads * kEdgeGeometry}, numbers);
  in.relation_bias = at::zeros({1, kHeads}, numbers);
  in.relation_scale = at::ones({1}, numbers);
  in.node = rows(kNodeRecord).abs().add(0.1);
  AttentionRows family{graph, at::zeros({graph.entries()}, numbers.dtype(at::kByte)), {}, 0, 0};
  const double channels = 4.0 * kHeads * kWidth;
  run.stage("attention over it, 4 heads of 16",
            points * (4 * channels + 2 * 4.0 * kHeads * kEdgeGeometry + 32) + 5 * entries,
            [&] { attention(in, family); });

  ParameterTable table;
  FamilyBlockOptions options;
  options.heads = kHeads;
  options.relations = 1;
  options.source_widths = {kHeads * kWidth};
  const FamilyBlock block(table, "block", kHeads * kWidth, options);
  at::Tensor flat;
  initial_weights(table, 1, &flat);
  const auto weights = weight_views(table, flat.to(run.device));
  // What its operators read and write: 37 times the channels, and 6 times the heads' geometry.
  run.stage("a block of 64 channels over it",
            points * (37 * channels + 6 * 4.0 * kHeads * kEdgeGeometry + 32) + 5 * entries,
            [&] { block(weights, in.query, {in.query}, in.node, {family}); });
}

}  // namespace

int main(int count, char** arguments) {
  const c10::Device device(count > 1 ? arguments[1] : "cpu");
  const std::int64_t n = count > 2 ? std::atoll(arguments[2]) : 1000000;
  Benchmark run{device, count > 3 ? std::atoi(arguments[3]) : 9};
  const c10::InferenceMode inference;
  const auto numbers = at::TensorOptions().device(device);
  const double points = static_cast<double>(n);

  const auto from = at::zeros({64 << 20}, numbers), to = at::empty({64 << 20}, numbers);
  run.copied_bytes_per_second = 2.0 * static_cast<double>(from.nbytes()) / run.seconds([&] { to.copy_(from); });
  std::printf("device_benchmark on %s, %lld points of a surface, median of %d; a copy moves %.0f GB/s\n",
              device.str().c_str(), static_cast<long long>(n), run.repeats, run.copied_bytes_per_second / 1e9);

  const auto host = test::surface_points(n, 1);
  at::Tensor position;
  run.stage("points to the device", 12 * points, [&] { position = host.to(device, false, true); });
  const Grid grid = fit_grid(position, kLevels);
  Octree octree;
  // Keys, a radix sort of keys and indices (8 passes, read and written), the levels' marks, scans and cells.
  run.stage("octree, 10 levels", points * (20 + 8 * 32 + 12 + kLevels * 24.0),
            [&] { octree = build_octree(position, grid, kLevels); });
  position = position.index_select(0, octree.order);
  Neighbours nearest;
  // Keys and their sort, the leaves, and the result; leaves and boxes are read again and again, but from the cache.
  run.stage("16 nearest neighbours", points * (20 + 8 * 32 + 12 + 16 + 2.0 * 4 * kNearest + 4 * kNearest),
            [&] { nearest = knn(position, kNearest); });
  Csr graph;
  run.stage("as a graph", points * (3.0 * 4 * kNearest + 16), [&] { graph = to_csr(nearest, n); });
  const double entries = static_cast<double>(graph.entries());
  Transposed transposed;
  run.stage("its transpose", entries * (8 + 4 * 24 + 16), [&] { transposed = transpose(graph); });

  attention_stages(run, graph);

  const auto walk_graph = make_walk_graph(graph, WalkGraph::random_walk);
  WalkOptions exact;
  exact.walkers = 0;
  exact.hops = 1;
  WalkBasis basis;
  // A visit is written, sorted and combined in a key and a number, twice, and packed.
  run.stage("walks of one hop, exact", entries * (6 * 16 + 13), [&] { basis = walk_basis(walk_graph, exact); });
  std::printf("all stages %.3f ms, their traffic alone %.3f ms\n", run.measured_seconds * 1e3,
              run.predicted_seconds * 1e3);
  return 0;
}
