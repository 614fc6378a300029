// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/walks/walk_graph.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

#include <cmath>

#include "core/device/parallel.h"

namespace treewalk {
namespace {
constexpr std::int64_t kPiece = 1 << 14;
}

WalkGraph make_walk_graph(Csr rows, WalkGraph::Normalisation normalisation, const at::Tensor& weight) {
  TORCH_CHECK(rows.rows() == rows.columns, "walks: the graph must be square, got ", rows.rows(), " rows and ",
              rows.columns, " columns");
  WalkGraph graph;
  graph.rows = std::move(rows);
  graph.normalisation = normalisation;
  const auto nodes = graph.rows.rows();
  graph.degree = at::empty({nodes}, at::kDouble);
  auto* degree = graph.degree.mutable_data_ptr<double>();
  const auto* offset = graph.rows.offset.const_data_ptr<std::int32_t>();
  const double* w = nullptr;
  double* sum = nullptr;
  if (weight.defined()) {
    TORCH_CHECK(weight.dim() == 1 && weight.size(0) == graph.rows.entries(), "walks: weight must be [",
                graph.rows.entries(), "], got ", weight.sizes());
    graph.weight = weight.to(at::kCPU, at::kDouble).contiguous();
    graph.cumulative = at::empty_like(graph.weight);
    w = graph.weight.const_data_ptr<double>();
    sum = graph.cumulative.mutable_data_ptr<double>();
    for (std::int64_t e = 0; e < graph.rows.entries(); ++e)
      TORCH_CHECK(w[e] > 0 && std::isfinite(w[e]), "walks: weights must be positive and finite, but entry ", e, " is ",
                  w[e]);
  }
  parallel_pieces(nodes, kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    for (std::int64_t u = begin; u < end; ++u) {
      double total = w ? 0 : offset[u + 1] - offset[u];
      if (w) {
        for (auto e = offset[u]; e < offset[u + 1]; ++e) sum[e] = total += w[e];
        for (auto e = offset[u]; e < offset[u + 1]; ++e) sum[e] /= total;
      }
      degree[u] = total > 0 ? total : 1;
    }
  });
  return graph;
}

}  // namespace treewalk
