// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/geometry/graph.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cumsum.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/masked_select.h>
#include <ATen/ops/sort.h>
#include <ATen/ops/zeros.h>

#include <limits>

#include "core/device/in_out.h"
#include "core/geometry/graph_kernel.h"
#include "core/geometry/knn.h"
#include "core/geometry/radix_sort.h"

namespace treewalk {
namespace {

constexpr std::int64_t kPiece = 1 << 14;

bool is_index_list(const at::Tensor& tensor) {
  return tensor.defined() && tensor.dim() == 1 && tensor.scalar_type() == at::kInt && tensor.is_contiguous();
}

/// Shapes and types only: what the functions below need to be safe to start; Csr::check() looks at the numbers.
void check_arrays(const Csr& graph, const char* name) {
  TORCH_CHECK(is_index_list(graph.offset) && graph.offset.size(0) >= 1, name,
              ": offsets must be a contiguous int32 list of rows + 1");
  TORCH_CHECK(is_index_list(graph.column), name, ": columns must be a contiguous int32 list");
  TORCH_CHECK(graph.offset.device() == graph.column.device(), name, ": offsets are on ", graph.offset.device(),
              ", columns on ", graph.column.device());
}

int bits_for(std::int64_t values) {
  int bits = 0;
  while ((std::int64_t{1} << bits) < values) ++bits;
  return bits;
}

/// A graph with rows of these sizes [rows] int32, its columns not yet written. The host waits for their number.
Csr with_sizes(const at::Tensor& size, std::int64_t columns) {
  const std::int64_t rows = size.size(0);
  const at::Tensor end = size.cumsum(0, at::kLong);
  const std::int64_t entries = rows == 0 ? 0 : end[rows - 1].item<std::int64_t>();
  TORCH_CHECK(entries <= std::numeric_limits<std::int32_t>::max(), "graph: more than 2^31 - 1 entries");
  return {at::cat({at::zeros({1}, size.options()), end.to(at::kInt)}), at::empty({entries}, size.options()), columns};
}

Csr combine_with_transpose(const Csr& graph, const char* name, bool both) {
  check_arrays(graph, name);
  TORCH_CHECK(graph.rows() == graph.columns, name, ": the graph must be square, got ", graph.rows(), " rows and ",
              graph.columns, " columns");
  const Csr b = transpose(graph).graph, a = transpose(b).graph;  // transposed twice: the same with ascending rows
  const auto device = graph.offset.device();
  const std::int64_t rows = graph.rows();
  const at::Tensor merged = at::empty({a.entries() + b.entries()}, graph.column.options());
  const at::Tensor size = at::empty({rows}, graph.offset.options());
  const MergeRows merge{in(a.offset), in(a.column), in(b.offset), in(b.column), both, out(merged), out(size)};
  parallel_for(device, rows, merge);
  Csr result = with_sizes(size, graph.columns);
  parallel_for(device, rows,
               MoveRows{merge.merged, merge.a_offset, merge.b_offset, 0, in(result.offset), out(result.column)});
  return result;
}

Transposed transpose_by_sorting(const Csr& graph) {
  const at::Tensor row = rows_of_entries(graph);
  const auto [sorted, order] = at::sort(graph.column, /*stable=*/true, /*dim=*/0, /*descending=*/false);
  return {rows_of_sorted(sorted, row.index_select(0, order), graph.columns, graph.rows()), order.to(at::kInt)};
}

}  // namespace

void Csr::check() const {
  check_arrays(*this, "graph");
  const at::Tensor host_offset = offset.cpu(), host_column = column.cpu();
  const std::int32_t* first = in(host_offset);
  TORCH_CHECK(first[0] == 0, "graph: offsets must start at 0, got ", first[0]);
  TORCH_CHECK(first[rows()] == entries(), "graph: offsets must end at ", entries(), ", got ", first[rows()]);
  for (std::int64_t r = 0; r < rows(); ++r) TORCH_CHECK(first[r] <= first[r + 1], "graph: offsets decrease at row ", r);
  const std::int32_t* c = in(host_column);
  for (std::int64_t e = 0; e < entries(); ++e)
    TORCH_CHECK(c[e] >= 0 && c[e] < columns, "graph: entry ", e, " names column ", c[e], " of ", columns);
}

Transposed transpose(const Csr& graph) {
  check_arrays(graph, "transpose");
  if (!graph.offset.is_cpu()) return transpose_by_sorting(graph);
  const std::int64_t rows = graph.rows(), entries = graph.entries();
  const std::int32_t* first = in(graph.offset);
  const std::int32_t* column = in(graph.column);
  auto item = raw<Keyed<std::uint32_t>>(entries);
  auto row_of = raw<std::int32_t>(entries);
  parallel_pieces(rows, kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r)
      for (std::int32_t e = first[r]; e < first[r + 1]; ++e) {
        item[e] = {static_cast<std::uint32_t>(column[e]), static_cast<std::uint32_t>(e)};
        row_of[e] = static_cast<std::int32_t>(r);
      }
  });
  radix_sort(item, entries, bits_for(graph.columns));  // stable: the rows of a column stay ascending

  Transposed result{{at::empty({graph.columns + 1}, at::kInt), at::empty({entries}, at::kInt), rows},
                    at::empty({entries}, at::kInt)};
  std::int32_t* offset = out(result.graph.offset);
  std::int32_t* row = out(result.graph.column);
  std::int32_t* entry = out(result.entry);
  parallel_pieces(entries + 1, kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      // columns whose first entry is i: those after the column of entry i - 1
      const std::int64_t from = i == 0 ? 0 : std::int64_t{item[i - 1].key} + 1;
      const std::int64_t to = i == entries ? graph.columns : std::int64_t{item[i].key};
      for (std::int64_t c = from; c <= to; ++c) offset[c] = static_cast<std::int32_t>(i);
      if (i == entries) continue;
      entry[i] = static_cast<std::int32_t>(item[i].index);
      row[i] = row_of[item[i].index];
    }
  });
  return result;
}

Csr unite(const Csr& graph) { return combine_with_transpose(graph, "unite", false); }

Csr mutual(const Csr& graph) { return combine_with_transpose(graph, "mutual", true); }

at::Tensor rows_of_entries(const Csr& graph) {
  const at::Tensor row = at::empty_like(graph.column);
  parallel_for(row.device(), graph.rows(), RowsOfEntries{in(graph.offset), out(row)});
  return row;
}

Csr rows_of_sorted(const at::Tensor& row, const at::Tensor& column, std::int64_t rows, std::int64_t columns) {
  const at::Tensor offset = at::empty({rows + 1}, row.options());
  parallel_for(row.device(), row.size(0) + 1, OffsetsOfSorted{in(row), row.size(0), rows, out(offset)});
  return {offset, column, columns};
}

Csr without_loops(const Csr& graph) {
  const at::Tensor row = rows_of_entries(graph), kept = row != graph.column;
  return rows_of_sorted(row.masked_select(kept), graph.column.masked_select(kept), graph.rows(), graph.columns);
}

Csr to_csr(const Neighbours& neighbours, std::int64_t columns) {
  const at::Tensor index = neighbours.index.contiguous();
  TORCH_CHECK(index.dim() == 2 && index.scalar_type() == at::kInt, "to_csr: the index must be [M,k] int32, got ",
              index.sizes(), " of ", index.scalar_type());
  const std::int64_t rows = index.size(0), k = index.size(1);
  TORCH_CHECK(rows * k <= std::numeric_limits<std::int32_t>::max(), "to_csr: ", rows, " rows of ", k,
              " neighbours are more than 2^31 - 1 entries");
  const at::Tensor size = at::empty({rows}, index.options());
  const std::int32_t* from = in(index);
  parallel_for(index.device(), rows, CountNeighbours{from, k, out(size)});
  Csr graph = with_sizes(size, columns);
  parallel_for(index.device(), rows, MoveRows{from, nullptr, nullptr, k, in(graph.offset), out(graph.column)});
  return graph;
}

}  // namespace treewalk
