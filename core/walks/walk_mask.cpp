// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>

#include "core/device/public_errors.h"
#include "core/device/stopwatch.h"
#include "core/device/threads.h"
#include "core/walks/mask.h"
#include "core/walks/modulation.h"
#include "core/walks/public_graph.h"
#include "treewalk/walks.h"

namespace treewalk {
namespace {

std::vector<double> coefficients(const WalkOptions& options) {
  auto f = options.modulation;
  for (int t = 0; f.size() < static_cast<std::size_t>(options.hops) + 1; ++t) f.push_back(std::pow(0.6, t));
  return f;
}

template <class To, class From>
std::vector<To> vector_of(const at::Tensor& tensor) {
  const auto* from = tensor.const_data_ptr<From>();
  return std::vector<To>(from, from + tensor.numel());
}

std::int64_t bytes_of(const std::vector<at::Tensor>& tensors) {
  std::int64_t bytes = 0;
  for (const auto& t : tensors) bytes += static_cast<std::int64_t>(t.nbytes());
  return bytes;
}

}  // namespace

WalkMask walk_mask(const KnnGraphArrays& graph, const WalkOptions& options, int threads) {
  return with_public_errors([&] {
    const ThreadCount own_threads(threads);
    Stopwatch watch;
    watch.start("walks");
    const auto ordered = ordered_walk_graph(graph, options);
    const auto basis = walk_basis(ordered.graph, options);
    watch.start("mask");
    const auto f = coefficients(options);
    auto value = modulated(basis, at::tensor(f, at::kFloat).unsqueeze(0));
    Csr rows = basis.rows;
    if (options.symmetric) {
      const auto pattern = product_pattern(basis.rows);
      value = mask_product(basis.rows, value, pattern);
      rows = pattern.rows;
    }
    if (!ordered.order.as_given()) {
      const auto given = restored(rows, ordered.order);
      rows = given.rows;
      value = value.index_select(0, given.entry);
    }
    WalkMask mask;
    for (const auto& stage : watch.times())
      (stage.name == "walks" ? mask.walk_seconds : mask.mask_seconds) += stage.seconds;
    mask.walk_bytes = bytes_of({basis.rows.offset, basis.rows.column, basis.part, basis.hop, basis.value});
    mask.mask_bytes = bytes_of({rows.offset, rows.column, value});
    mask.offset = vector_of<std::int64_t, std::int32_t>(rows.offset);
    mask.column = vector_of<std::int32_t, std::int32_t>(rows.column);
    mask.value = vector_of<float, float>(value);
    return mask;
  });
}

double walk_mask_error(const KnnGraphArrays& graph, const WalkOptions& options, const WalkMask& mask,
                       std::int64_t rows) {
  return with_public_errors([&] {
    const auto walk_graph = walk_graph_of(graph, options);
    const auto nodes = walk_graph.rows.rows();
    if (static_cast<std::int64_t>(mask.offset.size()) != nodes + 1)
      throw Error("the mask has " + std::to_string(mask.offset.size()) + " offsets for " + std::to_string(nodes) +
                  " nodes");
    const auto* offset = walk_graph.rows.offset.const_data_ptr<std::int32_t>();
    const auto* column = walk_graph.rows.column.const_data_ptr<std::int32_t>();
    const auto* degree = walk_graph.degree.const_data_ptr<double>();
    const auto alpha = options.symmetric ? convolved(coefficients(options)) : coefficients(options);
    std::vector<double> power(nodes, 0.0), next(nodes, 0.0), sum(nodes, 0.0);
    std::vector<std::int32_t> reached, reached_next, all;
    double error = 0, total = 0;
    rows = std::min(rows, nodes);
    for (std::int64_t r = 0; r < rows; ++r) {
      const auto i = static_cast<std::int32_t>(r * nodes / rows);
      reached = {i};
      power[i] = 1;
      for (std::size_t t = 0;; ++t) {  // row i of W^t, then of the polynomial
        for (const auto u : reached) {
          sum[u] += alpha[t] * power[u];
          all.push_back(u);
        }
        if (t + 1 == alpha.size()) break;
        for (const auto u : reached) {
          for (auto e = offset[u]; e < offset[u + 1]; ++e) {
            const auto v = column[e];
            if (next[v] == 0) reached_next.push_back(v);
            next[v] += power[u] / (options.symmetric ? std::sqrt(degree[u] * degree[v]) : degree[u]);
          }
          power[u] = 0;
        }
        power.swap(next);
        reached.swap(reached_next);
        reached_next.clear();
      }
      for (const auto u : reached) power[u] = 0;
      std::sort(all.begin(), all.end());
      all.erase(std::unique(all.begin(), all.end()), all.end());
      for (const auto u : all)
        if (u != i) total += sum[u] * sum[u];
      for (auto e = mask.offset[i]; e < mask.offset[i + 1]; ++e) sum[mask.column[e]] -= mask.value[e];
      all.insert(all.end(), mask.column.begin() + mask.offset[i], mask.column.begin() + mask.offset[i + 1]);
      for (const auto u : all) {
        if (u != i) error += sum[u] * sum[u];
        sum[u] = 0;  // once each
      }
      all.clear();
    }
    return total > 0 ? error / total : 0.0;
  });
}

}  // namespace treewalk
