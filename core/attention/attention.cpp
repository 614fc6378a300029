// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include "core/attention/attention.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/attention/family_edge_kernel.h"
#include "core/attention/row_attention.h"
#include "core/device/parallel.h"
#include "core/device/sums_kernel.h"

namespace treewalk {
namespace {

void check_matrix(const char* name, const at::Tensor& tensor, std::int64_t rows, std::int64_t columns,
                  const at::Tensor& like) {
  TORCH_CHECK(tensor.defined() && tensor.dim() == 2 && tensor.size(0) == rows && tensor.size(1) == columns,
              "attention: ", name, " must be [", rows, ",", columns, "], got ",
              tensor.defined() ? tensor.sizes() : at::IntArrayRef());
  TORCH_CHECK(tensor.scalar_type() == like.scalar_type() && tensor.device() == like.device(), "attention: ", name,
              " must be ", like.scalar_type(), " on ", like.device(), " as query is, got ", tensor.scalar_type(),
              " on ", tensor.device());
}

/// A relation beyond the tables is an easy mistake (more ancestors than the layer has relations) and would read
/// foreign memory; finding the largest costs little beside the attention itself.
void check_relations(const AttentionRows& rows, std::int64_t relations) {
  if (!rows.relation.is_cpu() || rows.relation.numel() == 0) return;
  const auto* offset = rows.rows.offset.const_data_ptr<std::int32_t>();
  const auto* relation = rows.relation.const_data_ptr<std::uint8_t>();
  std::uint8_t largest = 0;
  for (std::int64_t e = offset[0]; e < offset[rows.rows.rows()]; ++e) largest = std::max(largest, relation[e]);
  TORCH_CHECK(largest < relations, "attention: rows name relation ", int(largest), " but the tables hold ", relations);
}

void check(const AttentionInput& in, const AttentionRows& rows) {
  TORCH_CHECK(in.query.defined() && in.query.dim() == 2, "attention: query must be [n, heads * width]");
  TORCH_CHECK(in.query.scalar_type() == at::kFloat || in.query.scalar_type() == at::kDouble,
              "attention: query must be float32 or float64, got ", in.query.scalar_type());
  const std::int64_t queries = rows.rows.rows(), keys = rows.rows.columns, channels = in.query.size(1);
  TORCH_CHECK(in.heads > 0 && channels > 0 && channels % (4 * in.heads) == 0, "attention: ", channels,
              " channels do not make ", in.heads, " heads of a multiple of 4");
  check_matrix("query", in.query, queries, channels, in.query);
  check_matrix("key", in.key, keys, channels, in.query);
  check_matrix("value", in.value, keys, channels, in.query);
  check_matrix("position_query", in.position_query, queries, in.heads * kEdgeGeometry, in.query);
  TORCH_CHECK(in.relation_bias.defined() && in.relation_bias.dim() == 2, "attention: relation_bias must be [R,heads]");
  const std::int64_t relations = in.relation_bias.size(0);
  check_matrix("relation_bias", in.relation_bias, relations, in.heads, in.query);
  check_matrix("relation_slope", in.relation_slope, relations, in.heads * kEdgeGeometry, in.query);
  TORCH_CHECK(in.relation_scale.defined() && in.relation_scale.dim() == 1 && in.relation_scale.size(0) == relations,
              "attention: relation_scale must be [", relations, "]");
  TORCH_CHECK(in.node.dim() == 2 && in.node.size(1) == kNodeRecord && in.node.scalar_type() == at::kFloat,
              "attention: node must be [M,", kNodeRecord, "] float32, got ", in.node.sizes(), " ",
              in.node.scalar_type());
  TORCH_CHECK(rows.first_query >= 0 && rows.first_query + queries <= in.node.size(0),
              "attention: queries are nodes from ", rows.first_query, " to ", rows.first_query + queries, " of ",
              in.node.size(0));
  TORCH_CHECK(rows.first_key >= 0 && rows.first_key + keys <= in.node.size(0), "attention: keys are nodes from ",
              rows.first_key, " to ", rows.first_key + keys, " of ", in.node.size(0));
  TORCH_CHECK(rows.relation.dim() == 1 && rows.relation.size(0) == rows.rows.entries() &&
                  rows.relation.scalar_type() == at::kByte,
              "attention: relation must be [", rows.rows.entries(), "] uint8, got ", rows.relation.sizes());
  const at::Tensor& weight = rows.entry_weight;
  TORCH_CHECK(
      !weight.defined() || (weight.dim() == 1 && weight.size(0) == rows.rows.entries() &&
                            weight.scalar_type() == in.query.scalar_type() && weight.device() == in.query.device()),
      "attention: entry_weight must be [", rows.rows.entries(), "] ", in.query.scalar_type(), " on ", in.query.device(),
      " as query is, got ", weight.sizes(), " ", weight.scalar_type(), " on ", weight.device());
  for (const at::Tensor* t : {&in.node, &in.relation_scale, &rows.rows.offset, &rows.rows.column, &rows.relation})
    TORCH_CHECK(t->device() == in.query.device(), "attention: nodes, scales and rows must be on ", in.query.device(),
                " as query is, got ", t->device());
  check_relations(rows, relations);
}

/// The values of the input as the kernels read them; the tensors must outlive the arrays.
AttentionInput prepared(const AttentionInput& in) {
  return {values_by_row(in.query),
          values_by_row(in.key),
          values_by_row(in.value),
          in.position_query.detach().contiguous(),
          in.relation_slope.detach().contiguous(),
          in.relation_bias.detach().contiguous(),
          in.node.detach().contiguous(),
          in.relation_scale.detach().to(at::kFloat).contiguous(),
          in.heads};
}

template <class Real>
FamilyArrays<Real> arrays_of(const AttentionInput& in, const AttentionRows& rows) {
  FamilyArrays<Real> a;
  set_rows(a, in.query, in.key, in.value, in.heads, rows.rows);
  a.first_query = rows.first_query;
  a.first_key = rows.first_key;
  a.relations = static_cast<int>(in.relation_bias.size(0));
  a.scale = static_cast<Real>(1 / std::sqrt(double(a.width)));
  a.position_query = in.position_query.const_data_ptr<Real>();
  a.relation_slope = in.relation_slope.const_data_ptr<Real>();
  a.relation_bias = in.relation_bias.const_data_ptr<Real>();
  a.node = in.node.const_data_ptr<float>();
  a.relation_scale = in.relation_scale.const_data_ptr<float>();
  a.relation = rows.relation.const_data_ptr<std::uint8_t>();
  return a;
}

/// weight [E,H] is filled where it is defined.
template <class Real>
AttentionOutput run(const AttentionInput& in, const AttentionRows& rows, const at::Tensor& weight) {
  auto a = arrays_of<Real>(in, rows);
  const AttentionOutput out{at::empty({a.queries, in.query.size(1)}, in.query.options()),
                            at::empty({a.queries, in.heads * kEdgeGeometry}, in.query.options())};
  a.output = out.output.mutable_data_ptr<Real>();
  a.geometry_sum = out.offset.mutable_data_ptr<Real>();
  a.weight = weight.defined() ? weight.mutable_data_ptr<Real>() : nullptr;
  attend(in.query.device(), a);
  return out;
}

/// Adds the pieces' partial sums in their order.
template <class Real>
void add_partials(const at::Tensor& partial, const at::Tensor& relation_slope, const at::Tensor& relation_bias) {
  const std::int64_t pieces = partial.size(0), groups = partial.size(1);
  const at::Tensor total = at::empty({groups, kPartial}, partial.options());
  parallel_for(
      partial.device(), total.numel(),
      AddPieces<Real>{partial.const_data_ptr<Real>(), nullptr, pieces, total.numel(), total.mutable_data_ptr<Real>()});
  relation_slope.copy_(total.narrow(1, 0, kEdgeGeometry).reshape_as(relation_slope));
  relation_bias.copy_(total.select(1, kEdgeGeometry).view_as(relation_bias));
}

/// The gradient of entry_weight: that of log(weight), which is added to the logits of all heads, where it is 1.
template <class Real>
at::Tensor sum_over_heads(const at::Tensor& logit_gradient) {
  const std::int64_t entries = logit_gradient.size(0), heads = logit_gradient.size(1);
  const at::Tensor sum = at::empty({entries}, logit_gradient.options());
  parallel_for(logit_gradient.device(), entries,
               RowSums<Real>{logit_gradient.const_data_ptr<Real>(), heads, sum.mutable_data_ptr<Real>()});
  return sum;
}

/// Gradients of the first six inputs and, where they are wanted, of the entries' weights.
template <class Real>
Tensors run_backward(const AttentionInput& in, const AttentionRows& rows, const AttentionOutput& out,
                     const at::Tensor& weight, const AttentionOutput& gradient, bool of_entries) {
  auto a = arrays_of<Real>(in, rows);
  at::Tensor product_gradient;
  Tensors gradients = set_backward(a, out.output, gradient.output, weight, product_gradient, rows.transposed);
  const at::Tensor position = at::empty_like(in.position_query), slope = at::empty_like(in.relation_slope),
                   bias = at::empty_like(in.relation_bias);
  const std::int64_t pieces = (a.queries + kAttentionPiece - 1) / kAttentionPiece;
  const at::Tensor partial = at::empty({pieces, a.relations * in.heads, kPartial}, in.query.options());
  a.geometry_sum = out.offset.mutable_data_ptr<Real>();
  a.geometry_gradient = gradient.offset.const_data_ptr<Real>();
  a.position_gradient = position.mutable_data_ptr<Real>();
  a.relation_partial = partial.mutable_data_ptr<Real>();
  attend_backward(in.query.device(), a);
  add_partials<Real>(partial, slope, bias);
  gradients.insert(gradients.end(), {position, slope, bias});
  gradients.push_back(of_entries ? sum_over_heads<Real>(product_gradient) : at::Tensor());
  return gradients;
}

}  // namespace

AttentionRows part_of(const AttentionRows& rows, std::int64_t begin, std::int64_t end) {
  AttentionRows part = rows;
  part.rows.offset = rows.rows.offset.narrow(0, begin, end - begin + 1);
  part.first_query += begin;
  part.transposed = {};
  return part;
}

AttentionOutput attention(const AttentionInput& in, const AttentionRows& any_rows) {
  check(in, any_rows);
  const std::array<at::Tensor, 7> inputs{
      in.query, in.key, in.value, in.position_query, in.relation_slope, in.relation_bias, any_rows.entry_weight};
  AttentionRows rows = any_rows;
  rows.entry_weight.reset();  // the backward pass must not hold its history
  const bool recorded = is_recorded(inputs);
  TORCH_CHECK(!recorded || rows.transposed.entry.defined(),
              "attention: gradients need rows.transposed; call with_transpose() once for these rows");
  const AttentionInput values = prepared(in);
  return typed(values.query, [&](auto real) -> AttentionOutput {
    using Real = decltype(real);
    const at::Tensor weight =
        recorded ? at::empty({rows.rows.entries(), in.heads}, values.query.options()) : at::Tensor();
    const AttentionOutput out = run<Real>(values, rows, weight);
    const auto result = record({out.output, out.offset}, inputs,
                               {values.query, values.key, values.value, values.position_query, values.relation_slope,
                                values.relation_bias, out.output, out.offset},
                               [=](const Gradients& of) {
                                 return run_backward<Real>(values, rows, out, weight, {of[0], of[1]}, of.wanted(6));
                               });
    return {result[0], result[1]};
  });
}

}  // namespace treewalk
