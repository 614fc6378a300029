// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/walks/node_order.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/index_select.h>

#include <algorithm>
#include <cstdlib>
#include <utility>
#include <vector>

#include "core/device/parallel.h"
#include "core/device/tape.h"
#include "core/geometry/offsets.h"

namespace treewalk {
namespace {

/// Nodes whose rows of attention fit into a cache: of 64 channels, keys and values, 4 MB.
constexpr std::int64_t kNear = 8192;
/// Nodes of a patch.
constexpr std::int64_t kPatch = 256;
constexpr std::int64_t kPiece = 1 << 12;

/// Offsets of rows [N] when row i is that at row_at[i].
at::Tensor offsets_at(const Csr& rows, const at::Tensor& row_at) {
  const auto& offset = rows.offset;
  return offsets_of((offset.slice(0, 1) - offset.slice(0, 0, rows.rows())).index_select(0, row_at));
}

/// Row i of the result is row from[i], and back[from[i]] is i.
at::Tensor permuted(const at::Tensor& rows, const at::Tensor& from, const at::Tensor& back) {
  return record(rows.detach().index_select(0, from), {rows}, {},
                [back](const Gradients& of) { return Tensors{of[0].index_select(0, back)}; });
}

}  // namespace

bool is_scattered(const Csr& graph) {
  constexpr std::int64_t kSample = 4096;
  const auto nodes = graph.rows();
  if (nodes <= 2 * kNear) return false;
  const auto* offset = graph.offset.const_data_ptr<std::int32_t>();
  const auto* column = graph.column.const_data_ptr<std::int32_t>();
  std::int64_t edges = 0, far = 0;
  for (std::int64_t s = 0; s < kSample; ++s) {
    const auto u = s * nodes / kSample;
    for (auto e = offset[u]; e < offset[u + 1]; ++e) far += std::abs(column[e] - u) > kNear;
    edges += offset[u + 1] - offset[u];
  }
  return 4 * far > edges;
}

NodeOrder order_by_patches(const Csr& graph) {
  const auto nodes = graph.rows();
  const auto* offset = graph.offset.const_data_ptr<std::int32_t>();
  const auto* column = graph.column.const_data_ptr<std::int32_t>();
  const NodeOrder order{at::empty({nodes}, at::kLong), at::empty({nodes}, at::kInt)};
  auto* node = order.node.mutable_data_ptr<std::int64_t>();
  auto* place = order.place.mutable_data_ptr<std::int32_t>();
  std::vector<char> taken(nodes, 0);
  std::vector<std::int32_t> rim;  // nodes beside full patches, the latest last; some are taken by now
  std::int64_t done = 0, numbered = 0, next = 0;
  const auto take = [&](std::int64_t u) {
    taken[u] = 1;
    place[u] = static_cast<std::int32_t>(numbered);
    node[numbered++] = u;
  };
  while (numbered < nodes) {
    while (!rim.empty() && taken[rim.back()]) rim.pop_back();
    if (rim.empty())
      while (taken[next]) ++next;
    take(rim.empty() ? next : rim.back());
    for (const auto full = done + kPatch; done < numbered; ++done) {
      const auto u = node[done];
      for (auto e = offset[u]; e < offset[u + 1]; ++e) {
        const auto v = column[e];
        if (taken[v]) continue;
        if (numbered < full)
          take(v);
        else
          rim.push_back(v);
      }
    }
  }
  return order;
}

Csr renumbered(const Csr& graph, const NodeOrder& order) {
  const auto* node = order.node.const_data_ptr<std::int64_t>();
  const auto* place = order.place.const_data_ptr<std::int32_t>();
  Csr result{offsets_at(graph, order.node), at::empty_like(graph.column), graph.columns};
  const auto *from = graph.offset.const_data_ptr<std::int32_t>(), *to = result.offset.const_data_ptr<std::int32_t>();
  const auto* column = graph.column.const_data_ptr<std::int32_t>();
  auto* renamed = result.column.mutable_data_ptr<std::int32_t>();
  parallel_pieces(graph.rows(), kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const auto* own = column + from[node[i]];
      for (auto e = to[i]; e < to[i + 1]; ++e) renamed[e] = place[*own++];
    }
  });
  return result;
}

at::Tensor placed(const at::Tensor& rows, const NodeOrder& order) {
  return order.as_given() ? rows : permuted(rows, order.node, order.place);
}

at::Tensor by_node(const at::Tensor& rows, const NodeOrder& order) {
  return order.as_given() ? rows : permuted(rows, order.place, order.node);
}

RestoredRows restored(const Csr& rows, const NodeOrder& order) {
  const auto* node = order.node.const_data_ptr<std::int64_t>();
  const auto* place = order.place.const_data_ptr<std::int32_t>();
  RestoredRows result{{offsets_at(rows, order.place), at::empty_like(rows.column), rows.columns},
                      at::empty_like(rows.column)};
  const auto *from = rows.offset.const_data_ptr<std::int32_t>(),
             *to = result.rows.offset.const_data_ptr<std::int32_t>();
  const auto* column = rows.column.const_data_ptr<std::int32_t>();
  auto *named = result.rows.column.mutable_data_ptr<std::int32_t>(),
       *entry = result.entry.mutable_data_ptr<std::int32_t>();
  parallel_pieces(rows.rows(), kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    std::vector<std::pair<std::int32_t, std::int32_t>> row;
    for (std::int64_t u = begin; u < end; ++u) {
      row.clear();
      for (auto e = from[place[u]]; e < from[place[u] + 1]; ++e)
        row.emplace_back(static_cast<std::int32_t>(node[column[e]]), e);
      std::sort(row.begin(), row.end());
      auto at = to[u];
      for (const auto& [v, e] : row) named[at] = v, entry[at++] = e;
    }
  });
  return result;
}

}  // namespace treewalk
