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
  const auto& offset = graph.rows.offset;
  if (!weight.defined()) {
    graph.degree = offset.slice(0, 1).sub(offset.slice(0, 0, nodes)).to(at::kDouble).clamp_min_(1);
    return graph;
  }
  TORCH_CHECK(weight.dim() == 1 && weight.size(0) == graph.rows.entries(), "walks: weight must be [",
              graph.rows.entries(), "], got ", weight.sizes());
  const at::Tensor host_weight = weight.to(at::kCPU, at::kDouble).contiguous(), host_offset = offset.cpu();
  const at::Tensor cumulative = at::empty_like(host_weight), degree = at::empty({nodes}, at::kDouble);
  const auto* first = host_offset.const_data_ptr<std::int32_t>();
  const auto* w = host_weight.const_data_ptr<double>();
  auto *sum = cumulative.mutable_data_ptr<double>(), *total = degree.mutable_data_ptr<double>();
  for (std::int64_t e = 0; e < graph.rows.entries(); ++e)
    TORCH_CHECK(w[e] > 0 && std::isfinite(w[e]), "walks: weights must be positive and finite, but entry ", e, " is ",
                w[e]);
  parallel_pieces(nodes, kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    for (std::int64_t u = begin; u < end; ++u) {
      double all = 0;
      for (auto e = first[u]; e < first[u + 1]; ++e) sum[e] = all += w[e];
      for (auto e = first[u]; e < first[u + 1]; ++e) sum[e] /= all;
      total[u] = all > 0 ? all : 1;
    }
  });
  graph.weight = host_weight.to(offset.device());
  graph.cumulative = cumulative.to(offset.device());
  graph.degree = degree.to(offset.device());
  return graph;
}

}  // namespace treewalk
