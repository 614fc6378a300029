// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/geometry/graph.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/searchsorted.h>
#include <ATen/ops/sort.h>

#include <algorithm>
#include <limits>

#include "core/geometry/knn.h"
#include "core/geometry/radix_sort.h"

namespace treewalk {
namespace {

constexpr std::int64_t kPiece = 1 << 14;

bool is_index_list(const at::Tensor& tensor) {
  return tensor.defined() && tensor.dim() == 1 && tensor.scalar_type() == at::kInt && tensor.is_cpu() &&
         tensor.is_contiguous();
}

/// Shapes and types only: what the functions below need to be safe to start; Csr::check() looks at the numbers.
void check_arrays(const Csr& graph, const char* name) {
  TORCH_CHECK(is_index_list(graph.offset) && graph.offset.size(0) >= 1, name,
              ": offsets must be a contiguous int32 list of rows + 1 on the CPU");
  TORCH_CHECK(is_index_list(graph.column), name, ": columns must be a contiguous int32 list on the CPU");
}

int bits_for(std::int64_t values) {
  int bits = 0;
  while ((std::int64_t{1} << bits) < values) ++bits;
  return bits;
}

/// Rows of two graphs with ascending rows, combined: merge(a, a_end, b, b_end, to) writes one row without duplicates
/// and returns its end.
template <class Merge>
Csr combine(const Csr& a, const Csr& b, const Merge& merge) {
  const std::int64_t rows = a.rows();
  const auto *a_offset = a.offset.const_data_ptr<std::int32_t>(), *a_column = a.column.const_data_ptr<std::int32_t>();
  const auto *b_offset = b.offset.const_data_ptr<std::int32_t>(), *b_column = b.column.const_data_ptr<std::int32_t>();
  // Rows are merged into places that surely suffice, then moved together.
  auto merged = raw<std::int32_t>(a.entries() + b.entries());
  Csr result{at::empty({rows + 1}, at::kInt), {}, a.columns};
  auto* offset = result.offset.data_ptr<std::int32_t>();
  parallel_pieces(rows, kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      std::int32_t* to = merged.get() + a_offset[r] + std::int64_t{b_offset[r]};
      offset[r + 1] = static_cast<std::int32_t>(merge(a_column + a_offset[r], a_column + a_offset[r + 1],
                                                      b_column + b_offset[r], b_column + b_offset[r + 1], to) -
                                                to);
    }
  });
  std::int64_t entries = offset[0] = 0;
  for (std::int64_t r = 1; r <= rows; ++r) {
    entries += offset[r];
    TORCH_CHECK(entries <= std::numeric_limits<std::int32_t>::max(), "graph: more than 2^31 - 1 entries");
    offset[r] = static_cast<std::int32_t>(entries);
  }
  result.column = at::empty({entries}, at::kInt);
  auto* column = result.column.data_ptr<std::int32_t>();
  parallel_pieces(rows, kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r)
      std::copy_n(merged.get() + a_offset[r] + std::int64_t{b_offset[r]}, offset[r + 1] - offset[r],
                  column + offset[r]);
  });
  return result;
}

/// By LibTorch's operators; the host waits for nothing.
Transposed transpose_by_sorting(const Csr& graph) {
  const auto places = graph.column.options();
  const auto [column, from] = at::sort(graph.column, /*stable=*/true, 0, /*descending=*/false);
  const auto row = at::searchsorted(graph.offset, at::arange(graph.entries(), places), /*out_int32=*/true,
                                    /*right=*/true)
                       .sub_(1);
  return {
      {at::searchsorted(column, at::arange(graph.columns + 1, places), true), row.index_select(0, from), graph.rows()},
      from.to(at::kInt)};
}

template <class Merge>
Csr combine_with_transpose(const Csr& graph, const char* name, const Merge& merge) {
  check_arrays(graph, name);
  TORCH_CHECK(graph.rows() == graph.columns, name, ": the graph must be square, got ", graph.rows(), " rows and ",
              graph.columns, " columns");
  const Csr transposed = transpose(graph).graph;
  return combine(transpose(transposed).graph, transposed, merge);  // transposed twice: the same with ascending rows
}

}  // namespace

void Csr::check() const {
  check_arrays(*this, "graph");
  const auto* first = offset.const_data_ptr<std::int32_t>();
  TORCH_CHECK(first[0] == 0, "graph: offsets must start at 0, got ", first[0]);
  TORCH_CHECK(first[rows()] == entries(), "graph: offsets must end at ", entries(), ", got ", first[rows()]);
  for (std::int64_t r = 0; r < rows(); ++r) TORCH_CHECK(first[r] <= first[r + 1], "graph: offsets decrease at row ", r);
  const auto* c = column.const_data_ptr<std::int32_t>();
  for (std::int64_t e = 0; e < entries(); ++e)
    TORCH_CHECK(c[e] >= 0 && c[e] < columns, "graph: entry ", e, " names column ", c[e], " of ", columns);
}

Transposed transpose(const Csr& graph) {
  if (!graph.offset.is_cpu()) return transpose_by_sorting(graph);
  check_arrays(graph, "transpose");
  const std::int64_t rows = graph.rows(), entries = graph.entries();
  const auto* first = graph.offset.const_data_ptr<std::int32_t>();
  const auto* column = graph.column.const_data_ptr<std::int32_t>();
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
  auto* offset = result.graph.offset.data_ptr<std::int32_t>();
  auto* row = result.graph.column.data_ptr<std::int32_t>();
  auto* entry = result.entry.data_ptr<std::int32_t>();
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

Csr unite(const Csr& graph) {
  return combine_with_transpose(graph, "unite",
                                [](const std::int32_t* a, const std::int32_t* a_end, const std::int32_t* b,
                                   const std::int32_t* b_end, std::int32_t* to) {
                                  std::int32_t last = -1;
                                  while (a < a_end || b < b_end) {
                                    const std::int32_t next = b == b_end || (a < a_end && *a < *b) ? *a++ : *b++;
                                    if (next != last) *to++ = last = next;
                                  }
                                  return to;
                                });
}

Csr mutual(const Csr& graph) {
  return combine_with_transpose(graph, "mutual",
                                [](const std::int32_t* a, const std::int32_t* a_end, const std::int32_t* b,
                                   const std::int32_t* b_end, std::int32_t* to) {
                                  std::int32_t last = -1;
                                  while (a < a_end && b < b_end) {
                                    if (*a == *b && *a != last) *to++ = last = *a;
                                    *a < *b ? ++a : ++b;
                                  }
                                  return to;
                                });
}

Csr to_csr(const Neighbours& neighbours, std::int64_t columns) {
  const at::Tensor index = neighbours.index.contiguous();
  TORCH_CHECK(index.dim() == 2 && index.scalar_type() == at::kInt && index.is_cpu(),
              "to_csr: the index must be [M,k] int32 on the CPU, got ", index.sizes(), " of ", index.scalar_type());
  const std::int64_t rows = index.size(0), k = index.size(1);
  TORCH_CHECK(rows * k <= std::numeric_limits<std::int32_t>::max(), "to_csr: ", rows, " rows of ", k,
              " neighbours are more than 2^31 - 1 entries");
  const auto* from = index.const_data_ptr<std::int32_t>();
  Csr graph{at::empty({rows + 1}, at::kInt), {}, columns};
  auto* offset = graph.offset.data_ptr<std::int32_t>();
  offset[0] = 0;
  for (std::int64_t r = 0; r < rows; ++r) {
    std::int64_t found = k;
    while (found > 0 && from[r * k + found - 1] < 0) --found;
    offset[r + 1] = offset[r] + static_cast<std::int32_t>(found);
  }
  graph.column = at::empty({offset[rows]}, at::kInt);
  auto* column = graph.column.data_ptr<std::int32_t>();
  parallel_pieces(rows, kPiece, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) std::copy_n(from + r * k, offset[r + 1] - offset[r], column + offset[r]);
  });
  return graph;
}

}  // namespace treewalk
