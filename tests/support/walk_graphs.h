// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#pragma once

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <vector>

#include "core/walks/modulation.h"
#include "core/walks/walks.h"
#include "treewalk/structure.h"

namespace treewalk::test {

using Edges = std::vector<std::vector<int>>;

inline Csr csr_of(const Edges& edges) {
  std::vector<std::int32_t> offset{0}, column;
  for (const auto& row : edges) {
    column.insert(column.end(), row.begin(), row.end());
    offset.push_back(static_cast<std::int32_t>(column.size()));
  }
  return {at::tensor(offset, at::kInt), at::tensor(column, at::kInt), static_cast<std::int64_t>(edges.size())};
}

/// The same as the public interface takes it.
inline KnnGraphArrays arrays_of(const Edges& edges) {
  KnnGraphArrays graph;
  graph.offset.push_back(0);
  for (const auto& row : edges) {
    graph.column.insert(graph.column.end(), row.begin(), row.end());
    graph.offset.push_back(static_cast<std::int64_t>(graph.column.size()));
  }
  return graph;
}

inline Edges path(int nodes) {
  Edges edges(nodes);
  for (int i = 0; i + 1 < nodes; ++i) {
    edges[i].push_back(i + 1);
    edges[i + 1].insert(edges[i + 1].begin(), i);
  }
  return edges;
}

/// Every node has `degree` different successors.
inline Edges regular_digraph(int nodes, int degree, int seed) {
  std::mt19937 random(seed);
  Edges edges(nodes);
  for (int i = 0; i < nodes; ++i) {
    std::set<int> some;
    while (static_cast<int>(some.size()) < degree) some.insert(static_cast<int>(random() % nodes));
    edges[i].assign(some.begin(), some.end());
  }
  return edges;
}

/// Undirected, connected by a ring, with some chords; one node of degree 1 and one without edges at the end.
inline Edges small_world(int nodes, int seed) {
  std::mt19937 random(seed);
  std::vector<std::set<int>> some(nodes);
  const int ring = nodes - 2;
  const auto join = [&](int a, int b) {
    if (a != b) some[a].insert(b), some[b].insert(a);
  };
  for (int i = 0; i < ring; ++i) join(i, (i + 1) % ring);
  for (int i = 0; i < ring; ++i) join(static_cast<int>(random() % ring), static_cast<int>(random() % ring));
  join(0, ring);
  Edges edges(nodes);
  for (int i = 0; i < nodes; ++i) edges[i].assign(some[i].begin(), some[i].end());
  return edges;
}

/// W and P by their definitions.
inline at::Tensor dense_matrix(const WalkGraph& graph) {
  const auto nodes = graph.rows.rows();
  auto w = at::zeros({nodes, nodes}, at::kDouble);
  const auto offset = graph.rows.offset.accessor<int, 1>(), column = graph.rows.column.accessor<int, 1>();
  std::vector<double> degree(nodes, 0);
  const auto weight = [&](int e) { return graph.weight.defined() ? graph.weight[e].item<double>() : 1.0; };
  for (int u = 0; u < nodes; ++u)
    for (int e = offset[u]; e < offset[u + 1]; ++e) degree[u] += weight(e);
  for (int u = 0; u < nodes; ++u)
    for (int e = offset[u]; e < offset[u + 1]; ++e) {
      const int v = column[e];
      const double norm =
          graph.normalisation == WalkGraph::symmetric ? std::sqrt(degree[u] * std::max(degree[v], 1e-300)) : degree[u];
      w[u][v] += weight(e) / norm;
    }
  return w;
}

inline at::Tensor dense(const Csr& rows, const at::Tensor& value) {
  auto m = at::zeros({rows.rows(), rows.columns}, at::kDouble);
  const auto offset = rows.offset.accessor<int, 1>(), column = rows.column.accessor<int, 1>();
  auto to = m.accessor<double, 2>();
  const auto v = value.to(at::kDouble);
  const auto from = v.accessor<double, 1>();
  for (int i = 0; i < rows.rows(); ++i)
    for (int e = offset[i]; e < offset[i + 1]; ++e) to[i][column[e]] += from[e];
  return m;
}

inline at::Tensor f_of(const std::vector<double>& f) { return at::tensor(f, at::kDouble).unsqueeze(0); }

inline at::Tensor phi_of(const WalkGraph& graph, const WalkOptions& options, const std::vector<double>& f) {
  const auto basis = walk_basis(graph, options);
  return dense(basis.rows, modulated(basis, f_of(f)).select(1, 0));
}

inline at::Tensor polynomial(const at::Tensor& w, const std::vector<double>& f) {
  auto power = at::eye(w.size(0), at::kDouble), sum = power * f[0];
  for (std::size_t t = 1; t < f.size(); ++t) {
    power = power.matmul(w);
    sum = sum + power * f[t];
  }
  return sum;
}

inline double difference(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

}  // namespace treewalk::test
