// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Usage: mask_benchmark [points = 400] [neighbours = 6] [hops = 4] [seeds = 20]
//
// How far masks by random walks are from the mask they estimate, per scheme: M = Phi Phi^T with f_t = exp(-t / 2) on
// the united k-NN graph of points spread evenly over a cube, W = D^-1/2 A D^-1/2. The error is the squared difference
// off the diagonal over the squared mask, mean over the seeds; non-zeros are those of a row of Phi and of M. The first
// line is the scheme of the ICLR 2025 paper. "one-sided" masks are Phi itself with the same coefficients, 2 hops times
// as long. Time is that of the walks, per node. Below, the same at equal non-zeros of Phi: powers whose rows are
// thinned to so many, beside as many of the paper's walkers as reach as many nodes.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "core/geometry/knn.h"
#include "core/walks/modulation.h"
#include "core/walks/walks.h"
#include "tests/benchmark/timing.h"

using namespace treewalk;

namespace {

WalkGraph graph_of(std::int64_t points, int neighbours) {
  at::manual_seed(1);
  const auto near = knn(at::rand({points, 3}), neighbours);
  return make_walk_graph(
      unite({at::arange(0, (points + 1) * neighbours, neighbours, at::kInt), near.index.flatten(), points}),
      WalkGraph::symmetric);
}

at::Tensor dense_phi(const WalkBasis& basis, const std::vector<double>& f) {
  const auto value = modulated(basis, at::tensor(f, at::kDouble).unsqueeze(0)).flatten();
  const auto rows = basis.rows.rows();
  return at::sparse_csr_tensor(basis.rows.offset.to(at::kLong), basis.rows.column.to(at::kLong), value, {rows, rows},
                               at::TensorOptions(at::kDouble).layout(at::kSparseCsr))
      .to_dense();
}

struct Scheme {
  const char* name;
  double halt;
  bool antithetic, repelling, expected_last_hop, one_sided = false;
};

/// The mask that is estimated, and how it is measured.
struct Target {
  const WalkGraph& graph;
  int seeds;
  std::vector<double> f, alpha;
  at::Tensor mask, off_diagonal;
  double norm = 0, of_phi = 0, of_mask = 0;

  Target(const WalkGraph& g, int hops, int seed_count) : graph(g), seeds(seed_count) {
    for (int t = 0; t <= hops; ++t) f.push_back(std::exp(-0.5 * t));
    alpha = convolved(f);
    WalkOptions exact;
    exact.walkers = 0;
    exact.hops = hops;
    const auto phi = dense_phi(walk_basis(graph, exact), f);
    mask = phi.matmul(phi.t());
    off_diagonal = 1 - at::eye(nodes(), at::kDouble);
    norm = (mask * off_diagonal).square().sum().item<double>();
    of_phi = nonzeros(phi);
    of_mask = nonzeros(mask);
  }
  std::int64_t nodes() const { return graph.rows.rows(); }
  double nonzeros(const at::Tensor& m) const { return m.count_nonzero().item<double>() / static_cast<double>(nodes()); }

  struct Found {
    double error = 0, of_phi = 0, of_mask = 0, microseconds = 0;
  };
  Found measure(WalkOptions options, bool one_sided) const {
    Found found;
    std::vector<double> seconds;
    for (int seed = 0; seed < seeds; ++seed) {
      options.seed = seed;
      WalkBasis basis;
      std::vector<Timing> side{{"", [&] { basis = walk_basis(graph, options); }}};
      treewalk::measure(side, 1);
      seconds.push_back(side[0].seconds[0]);
      const auto estimate = dense_phi(basis, one_sided ? alpha : f);
      const auto m = one_sided ? estimate : estimate.matmul(estimate.t());
      found.error += ((m - mask) * off_diagonal).square().sum().item<double>() / norm / seeds;
      found.of_phi += nonzeros(estimate) / seeds;
      found.of_mask += nonzeros(m) / seeds;
    }
    found.microseconds = 1e6 * Timing::median(seconds) / static_cast<double>(nodes());
    return found;
  }
};

void by_walkers(const Target& target) {
  const std::vector<Scheme> schemes{
      {"independent, halting 0.5", .5, false, false, false},
      {"independent, halting 0.25", .25, false, false, false},
      {"independent, halting 0.1", .1, false, false, false},
      {"independent, fixed length", 0, false, false, false},
      {"antithetic, halting 0.25", .25, true, false, false},
      {"antithetic, repelling, halting 0.25", .25, true, true, false},
      {"repelling, halting 0.25", .25, false, true, false},
      {"repelling, fixed length", 0, false, true, false},
      {"expected last hop, fixed length", 0, false, false, true},
      {"expected last hop, repelling", 0, false, true, true},
      {"one-sided, fixed length", 0, false, false, false, true},
      {"one-sided, repelling", 0, false, true, false, true},
      {"one-sided, expected, repelling", 0, false, true, true, true},
  };
  std::printf("%-36s", "error (non-zeros of Phi, of M; us)");
  const std::vector<int> walkers{2, 4, 8, 16, 32};
  for (const int n : walkers) std::printf("  %-30s", ("walkers: " + std::to_string(n)).c_str());
  std::printf("\n");
  for (const auto& scheme : schemes) {
    std::printf("%-36s", scheme.name);
    for (const int n : walkers) {
      WalkOptions options;
      options.walkers = n;
      options.hops = static_cast<int>(scheme.one_sided ? target.alpha.size() : target.f.size()) - 1;
      options.halt = scheme.halt;
      options.antithetic = scheme.antithetic;
      options.repelling = scheme.repelling;
      options.expected_last_hop = scheme.expected_last_hop;
      const auto found = target.measure(options, scheme.one_sided);
      char text[64];
      std::snprintf(text, sizeof text, "%.5f (%.1f, %.0f; %.1f)", found.error, found.of_phi, found.of_mask,
                    found.microseconds);
      std::printf("  %-30s", text);
      std::fflush(stdout);
    }
    std::printf("\n");
  }
}

/// The paper's walks with as many walkers as it takes to visit `entries` nodes a row, by halving; the error is then
/// interpolated between two numbers of walkers.
double error_of_the_paper(const Target& target, double entries) {
  WalkOptions options;
  options.hops = static_cast<int>(target.f.size()) - 1;
  options.halt = .25;
  options.repelling = false;
  const auto with = [&](int walkers) {
    options.walkers = walkers;
    return target.measure(options, false);
  };
  int low = 1, high = 1 << 14;
  while (high - low > std::max(1, low / 50)) {
    const int middle = (low + high) / 2;
    (with(middle).of_phi < entries ? low : high) = middle;
  }
  const auto a = with(low), b = with(high);
  std::printf("%3.0f entries: the paper's walks need %d walkers: error %.5f\n", entries, high, b.error);
  return a.error + (b.error - a.error) * (entries - a.of_phi) / (b.of_phi - a.of_phi);
}

void by_entries(const Target& target) {
  for (const int entries : {20, 30, 40, 50}) {
    const double paper = error_of_the_paper(target, entries);
    for (const int frontier : {8, 16, 32, 0}) {
      WalkOptions options;
      options.walkers = 0;
      options.hops = static_cast<int>(target.f.size()) - 1;
      options.frontier = frontier;
      options.entries = entries;
      const auto found = target.measure(options, false);
      std::printf("             powers, frontier %2d: error %.5f (%.1f, %.0f; %.1f us), 1/%.1f of the paper's\n",
                  frontier, found.error, found.of_phi, found.of_mask, found.microseconds, paper / found.error);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto argument = [&](int i, int otherwise) { return argc > i ? std::atoi(argv[i]) : otherwise; };
  const int points = argument(1, 400), neighbours = argument(2, 6), hops = argument(3, 4), seeds = argument(4, 20);
  const auto graph = graph_of(points, neighbours);
  const Target target(graph, hops, seeds);
  std::printf(
      "%d points, %d neighbours, %d hops, %d seeds, %d threads; exact: %.0f non-zeros a row of Phi, %.0f of the mask\n",
      points, neighbours, hops, seeds, at::get_num_threads(), target.of_phi, target.of_mask);
  by_walkers(target);
  by_entries(target);
}
