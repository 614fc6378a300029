// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
//
// Usage: mask_benchmark [points = 400] [neighbours = 6] [hops = 4] [seeds = 20]
//
// How far masks by random walks are from the mask they estimate, per scheme: M = Phi Phi^T with f_t = exp(-t / 2) on
// the united k-NN graph of points spread evenly over a cube, W = D^-1/2 A D^-1/2. The error is the squared difference
// off the diagonal over the squared mask, mean over the seeds; non-zeros are those of a row of Phi and of M. The first
// line is the scheme of the ICLR 2025 paper. "one-sided" masks are Phi itself with the same coefficients, 2 hops times
// as long. Time is that of the walks, per node.
#include <ATen/ATen.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
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

}  // namespace

int main(int argc, char** argv) {
  const auto argument = [&](int i, int otherwise) { return argc > i ? std::atoi(argv[i]) : otherwise; };
  const int points = argument(1, 400), neighbours = argument(2, 6), hops = argument(3, 4), seeds = argument(4, 20);
  const auto graph = graph_of(points, neighbours);
  std::vector<double> f;
  for (int t = 0; t <= hops; ++t) f.push_back(std::exp(-0.5 * t));
  const auto alpha = convolved(f);

  WalkOptions exact;
  exact.powers = true;
  exact.hops = hops;
  const auto basis = walk_basis(graph, exact);
  const auto phi = dense_phi(basis, f), mask = phi.matmul(phi.t());
  const auto nonzeros = [&](const at::Tensor& m) { return m.count_nonzero().item<double>() / points; };
  std::printf("%d points, %d neighbours, %d hops, %d seeds; exact: %.0f non-zeros a row of Phi, %.0f of the mask\n",
              points, neighbours, hops, seeds, nonzeros(phi), nonzeros(mask));
  const auto off_diagonal = 1 - at::eye(points, at::kDouble);
  const double norm = (mask * off_diagonal).square().sum().item<double>();

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
      double error = 0, of_phi = 0, of_mask = 0;
      std::vector<double> seconds;
      for (int seed = 0; seed < seeds; ++seed) {
        WalkOptions options;
        options.walkers = n;
        options.hops = scheme.one_sided ? 2 * hops : hops;
        options.halt = scheme.halt;
        options.antithetic = scheme.antithetic;
        options.repelling = scheme.repelling;
        options.expected_last_hop = scheme.expected_last_hop;
        options.seed = seed;
        WalkBasis found;
        std::vector<Timing> side{{"", [&] { found = walk_basis(graph, options); }}};
        measure(side, 1);
        seconds.push_back(side[0].seconds[0]);
        const auto estimate = dense_phi(found, scheme.one_sided ? alpha : f);
        const auto m = scheme.one_sided ? estimate : estimate.matmul(estimate.t());
        error += ((m - mask) * off_diagonal).square().sum().item<double>() / norm / seeds;
        of_phi += nonzeros(estimate) / seeds;
        of_mask += nonzeros(m) / seeds;
      }
      char text[64];
      std::snprintf(text, sizeof text, "%.5f (%.1f, %.0f; %.1f)", error, of_phi, of_mask,
                    1e6 * Timing::median(seconds) / points);
      std::printf("  %-30s", text);
      std::fflush(stdout);
    }
    std::printf("\n");
  }
}
