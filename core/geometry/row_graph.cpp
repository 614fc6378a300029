// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <ATen/ops/empty.h>

#include <algorithm>
#include <string>

#include "core/device/in_out.h"
#include "core/device/parallel.h"
#include "core/device/public_errors.h"
#include "core/device/threads.h"
#include "core/geometry/field_rows.h"
#include "core/geometry/graph.h"
#include "core/geometry/knn.h"
#include "treewalk/structure.h"

namespace treewalk {
namespace {

constexpr std::int64_t kPiece = 1 << 12;

/// The k neighbours of every row but itself, [rows,k]; a row that is not finite has none.
template <class T>
at::Tensor neighbours_of(const std::vector<T>& row, std::int64_t rows, std::int64_t columns, int k, int threads) {
  const at::Tensor index = at::empty({rows, k}, at::kInt);
  std::int32_t* const to = out(index);
  const VectorSearch search(row.data(), rows, static_cast<int>(columns), nullptr, threads);
  search.nearest(
      row.data(), rows, k + 1,
      [&](std::int64_t i, const std::int32_t* found, const float*, std::int64_t count) {
        std::int32_t* mine = to + i * k;
        std::int64_t kept = 0;
        for (std::int64_t j = 0; j < count && kept < k; ++j)  // many equal rows may come before the row itself
          if (found[j] != i) mine[kept++] = found[j];
        std::fill(mine + kept, mine + k, -1);
      },
      threads);
  return index;
}

template <class T>
void write_edges(const Csr& graph, const std::vector<T>& row, std::int64_t columns, KnnGraphArrays& result) {
  const std::int64_t rows = graph.rows();
  const std::int32_t *offset = in(graph.offset), *column = in(graph.column);
  result.offset.assign(offset, offset + rows + 1);
  result.column.assign(column, column + graph.entries());
  result.squared_distance.resize(result.column.size());
  parallel_pieces(rows, kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      for (std::int64_t e = offset[i]; e < offset[i + 1]; ++e) {
        const T *from = row.data() + i * columns, *to = row.data() + std::int64_t{column[e]} * columns;
        T sum = 0;
        for (std::int64_t c = 0; c < columns; ++c) sum += (to[c] - from[c]) * (to[c] - from[c]);
        result.squared_distance[static_cast<std::size_t>(e)] = static_cast<float>(sum);
      }
  });
}

template <class T>
KnnGraphArrays graph_of(const std::vector<T>& row, std::int64_t rows, std::int64_t columns, int k, GraphKind kind,
                        int threads) {
  const auto most = static_cast<int>(std::min<std::int64_t>(k, std::max<std::int64_t>(rows - 1, 1)));
  Csr graph = to_csr({neighbours_of(row, rows, columns, most, threads), {}}, rows);
  if (kind != GraphKind::directed) graph = kind == GraphKind::united ? unite(graph) : mutual(graph);
  KnnGraphArrays result;
  write_edges(graph, row, columns, result);
  return result;
}

}  // namespace

KnnGraphArrays knn_graph(const CloudView& cloud, const std::vector<SearchField>& fields, int k, GraphKind kind,
                         int threads) {
  if (k < 1) throw Error("the number of neighbours must be at least 1, got " + std::to_string(k));
  const ThreadCount count(threads);
  return with_public_errors([&] {
    const FieldRows rows = field_rows(cloud, fields);
    return rows.twice.empty() ? graph_of(rows.single, cloud.size, rows.columns, k, kind, threads)
                              : graph_of(rows.twice, cloud.size, rows.columns, k, kind, threads);
  });
}

}  // namespace treewalk
