// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/walks/mask.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/index_copy.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "core/device/parallel.h"
#include "core/device/tape.h"
#include "core/geometry/radix_sort.h"
#include "core/walks/gather_rows.h"
#include "core/walks/heads.h"
#include "core/walks/mask_kernel.h"
#include "core/walks/node_set.h"

namespace treewalk {
namespace {

template <class Real>
MaskArrays<Real> arrays_of(const Csr& phi, const MaskPattern& pattern, const at::Tensor& value) {
  MaskArrays<Real> a;
  a.offset = phi.offset.const_data_ptr<std::int32_t>();
  a.column = phi.column.const_data_ptr<std::int32_t>();
  a.node_offset = pattern.factor.graph.offset.const_data_ptr<std::int32_t>();
  a.row = pattern.factor.graph.column.const_data_ptr<std::int32_t>();
  a.entry = pattern.factor.entry.const_data_ptr<std::int32_t>();
  a.mask_offset = pattern.rows.offset.const_data_ptr<std::int32_t>();
  a.mask_column = pattern.rows.column.const_data_ptr<std::int32_t>();
  a.mirror = pattern.mirror.const_data_ptr<std::int32_t>();
  a.heads = static_cast<int>(value.size(1));
  a.value = value.const_data_ptr<Real>();
  return a;
}

/// run(row, find) for every row of the mask; find(j) is the row's entry at column j.
template <class Real, class Run>
void for_rows(const MaskArrays<Real>& a, std::int64_t rows, const Run& run) {
  constexpr std::int64_t kPiece = 256;
  parallel_ranges((rows + kPiece - 1) / kPiece, 1, [&](std::int64_t begin, std::int64_t end) {
    const auto place = raw<std::int32_t>(rows);
    const auto find = [&](std::int32_t j) { return place[j]; };
    for (std::int64_t i = begin * kPiece; i < std::min(rows, end * kPiece); ++i) {
      for (auto e = a.mask_offset[i]; e < a.mask_offset[i + 1]; ++e) place[a.mask_column[e]] = e;
      run(i, find);
    }
  });
}

template <class Real>
at::Tensor product(const Csr& phi, const MaskPattern& pattern, const at::Tensor& value) {
  auto a = arrays_of<Real>(phi, pattern, value);
  const at::Tensor mask = at::empty({pattern.rows.entries(), value.size(1)}, value.options());
  a.mask = mask.mutable_data_ptr<Real>();
  if (!value.is_cpu()) {
    parallel_for(value.device(), phi.rows(), MaskProductRow<Real>(a));
    return mask;
  }
  with_heads(a.heads, [&](auto heads) {
    for_rows(a, phi.rows(),
             [&](std::int64_t i, const auto& find) { mask_product_row<Real, decltype(heads)::value>(a, i, find); });
  });
  return mask;
}

template <class Real>
at::Tensor product_backward(const Csr& phi, const MaskPattern& pattern, const at::Tensor& value,
                            const at::Tensor& gradient) {
  auto a = arrays_of<Real>(phi, pattern, value);
  const at::Tensor result = at::empty_like(value);
  a.mask_gradient = gradient.const_data_ptr<Real>();
  a.value_gradient = result.mutable_data_ptr<Real>();
  if (!value.is_cpu()) {
    parallel_for(value.device(), phi.rows(), MaskProductGradient<Real>(a));
    return result;
  }
  with_heads(a.heads, [&](auto heads) {
    for_rows(a, phi.rows(), [&](std::int64_t i, const auto& find) {
      mask_product_gradient_row<Real, decltype(heads)::value>(a, i, find);
    });
  });
  return result;
}

template <class Real>
at::Tensor recorded_product(const Csr& phi, const MaskPattern& pattern, const at::Tensor& any_value) {
  const auto value = any_value.detach().contiguous();
  return record(product<Real>(phi, pattern, value), {any_value}, {value},
                [=](const Gradients& of) { return Tensors{product_backward<Real>(phi, pattern, value, of[0])}; });
}

template <class Real>
RowPairArrays<Real> pair_of(const Csr& a, const at::Tensor& a_value, const Csr& b, const at::Tensor& b_value) {
  RowPairArrays<Real> pair;
  pair.offset_a = a.offset.const_data_ptr<std::int32_t>();
  pair.column_a = a.column.const_data_ptr<std::int32_t>();
  pair.offset_b = b.offset.const_data_ptr<std::int32_t>();
  pair.column_b = b.column.const_data_ptr<std::int32_t>();
  pair.heads = static_cast<int>(a_value.size(1));
  pair.a = a_value.const_data_ptr<Real>();
  pair.b = b_value.const_data_ptr<Real>();
  return pair;
}

template <class Real>
at::Tensor recorded_row_products(const Csr& a, const at::Tensor& any_a_value, const Csr& b,
                                 const at::Tensor& any_b_value) {
  const auto a_value = any_a_value.detach().contiguous(), b_value = any_b_value.detach().contiguous();
  auto pair = pair_of<Real>(a, a_value, b, b_value);
  const at::Tensor product = at::empty({a.rows(), a_value.size(1)}, a_value.options());
  pair.product = product.mutable_data_ptr<Real>();
  parallel_for(a_value.device(), a.rows(), RowProducts<Real>(pair));
  return record(product, {any_a_value, any_b_value}, {a_value, b_value}, [=](const Gradients& of) {
    auto pair = pair_of<Real>(a, a_value, b, b_value);
    const at::Tensor of_a = at::zeros_like(a_value), of_b = at::zeros_like(b_value);
    pair.gradient = of[0].const_data_ptr<Real>();
    pair.a_gradient = of_a.mutable_data_ptr<Real>();
    pair.b_gradient = of_b.mutable_data_ptr<Real>();
    parallel_for(of_a.device(), a.rows(), RowProductsGradient<Real>(pair));
    return Tensors{of_a, of_b};
  });
}

/// The rows of a product on the CPU: bit sets of what each reaches.
Csr product_rows(const Csr& phi, const Csr& transposed) {
  constexpr std::int64_t kPiece = 1024;
  const auto nodes = phi.rows();
  const auto* offset = phi.offset.const_data_ptr<std::int32_t>();
  const auto* column = phi.column.const_data_ptr<std::int32_t>();
  const auto* node_offset = transposed.offset.const_data_ptr<std::int32_t>();
  const auto* row = transposed.column.const_data_ptr<std::int32_t>();
  Csr rows{at::zeros({nodes + 1}, at::kInt), {}, nodes};
  auto* mask_offset = rows.offset.mutable_data_ptr<std::int32_t>();
  std::vector<std::vector<std::int32_t>> pieces((nodes + kPiece - 1) / kPiece);
  parallel_ranges(static_cast<std::int64_t>(pieces.size()), 1, [&](std::int64_t begin, std::int64_t end) {
    NodeSet reached(nodes);
    for (std::int64_t p = begin; p < end; ++p)
      for (std::int64_t i = p * kPiece; i < std::min(nodes, (p + 1) * kPiece); ++i) {
        for (auto a = offset[i]; a < offset[i + 1]; ++a)
          for (auto t = node_offset[column[a]]; t < node_offset[column[a] + 1]; ++t) reached.insert(row[t]);
        const auto before = pieces[p].size();
        reached.drain([&](std::uint32_t j) { pieces[p].push_back(static_cast<std::int32_t>(j)); });
        mask_offset[i + 1] = static_cast<std::int32_t>(pieces[p].size() - before);
      }
  });
  std::int64_t entries = 0;
  for (std::int64_t i = 0; i < nodes; ++i) {
    entries += mask_offset[i + 1];
    TORCH_CHECK(entries <= std::numeric_limits<std::int32_t>::max(),
                "product_pattern: the mask has more than 2^31 entries; take fewer walkers or hops, or its factors");
    mask_offset[i + 1] = static_cast<std::int32_t>(entries);
  }
  rows.column = at::empty({entries}, at::kInt);
  auto* to = rows.column.mutable_data_ptr<std::int32_t>();
  parallel_pieces(nodes, kPiece, [&](std::int64_t p, std::int64_t begin, std::int64_t) {
    std::copy(pieces[p].begin(), pieces[p].end(), to + mask_offset[begin]);
    pieces[p] = {};
  });
  return rows;
}

/// The same on a device: lists of what each row reaches, sorted.
Csr product_rows_by_sorting(const Csr& phi, const Csr& transposed) {
  const auto device = phi.offset.device();
  const at::Tensor places = at::empty({phi.rows()}, phi.offset.options().dtype(at::kLong));
  const auto *offset = phi.offset.const_data_ptr<std::int32_t>(), *column = phi.column.const_data_ptr<std::int32_t>(),
             *node_offset = transposed.offset.const_data_ptr<std::int32_t>();
  parallel_for(device, phi.rows(), ProductPlaces{offset, column, node_offset, places.mutable_data_ptr<std::int64_t>()});
  return RowGatherer(places)
      .gather([&](const VisitBuffers& buffers, std::int64_t rows) {
        ProductPatternRow body(buffers);
        body.offset = offset;
        body.column = column;
        body.node_offset = node_offset;
        body.row = transposed.column.const_data_ptr<std::int32_t>();
        parallel_for(device, rows, body);
      })
      .rows;
}

}  // namespace

MaskPattern product_pattern(const Csr& phi) {
  MaskPattern pattern;
  pattern.factor = transpose(phi);
  pattern.rows = phi.offset.is_cpu() ? product_rows(phi, pattern.factor.graph)
                                     : product_rows_by_sorting(phi, pattern.factor.graph);
  pattern.mirror = transpose(pattern.rows).entry;  // symmetric: the transpose has the same rows
  const auto& rows = pattern.rows;
  pattern.diagonal = at::empty({phi.rows()}, phi.offset.options().dtype(at::kLong));
  parallel_for(phi.offset.device(), phi.rows(),
               DiagonalEntries{rows.offset.const_data_ptr<std::int32_t>(), rows.column.const_data_ptr<std::int32_t>(),
                               pattern.diagonal.mutable_data_ptr<std::int64_t>()});
  return pattern;
}

at::Tensor mask_product(const Csr& phi, const at::Tensor& value, const MaskPattern& pattern) {
  TORCH_CHECK(value.dim() == 2 && value.size(0) == phi.entries(), "mask_product: values must be [", phi.entries(),
              ",heads], got ", value.sizes());
  TORCH_CHECK(value.scalar_type() == at::kFloat || value.scalar_type() == at::kDouble,
              "mask_product: float32 or float64 is needed, got ", value.scalar_type());
  TORCH_CHECK(pattern.rows.rows() == phi.rows(), "mask_product: the pattern has ", pattern.rows.rows(),
              " rows and Phi ", phi.rows());
  return value.scalar_type() == at::kFloat ? recorded_product<float>(phi, pattern, value)
                                           : recorded_product<double>(phi, pattern, value);
}

at::Tensor row_products(const Csr& a, const at::Tensor& a_value, const Csr& b, const at::Tensor& b_value) {
  TORCH_CHECK(a.rows() == b.rows() && a_value.dim() == 2 && b_value.dim() == 2 && a_value.size(0) == a.entries() &&
                  b_value.size(0) == b.entries() && a_value.size(1) == b_value.size(1) &&
                  a_value.scalar_type() == b_value.scalar_type(),
              "row_products: two matrices with ", a.rows(), " and ", b.rows(), " rows and values ", a_value.sizes(),
              " and ", b_value.sizes());
  return a_value.scalar_type() == at::kFloat ? recorded_row_products<float>(a, a_value, b, b_value)
                                             : recorded_row_products<double>(a, a_value, b, b_value);
}

at::Tensor with_diagonal(const at::Tensor& mask, const MaskPattern& pattern, const at::Tensor& diagonal) {
  TORCH_CHECK(mask.dim() == 2 && diagonal.dim() == 2 && diagonal.size(0) == pattern.rows.rows() &&
                  diagonal.size(1) == mask.size(1) && mask.size(0) == pattern.rows.entries(),
              "with_diagonal: a mask ", mask.sizes(), " for ", pattern.rows.entries(), " entries, and a diagonal ",
              diagonal.sizes());
  return mask.index_copy(0, pattern.diagonal, diagonal);
}

}  // namespace treewalk
