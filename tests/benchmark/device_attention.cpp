// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the treewalk authors
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/sparse_csr_tensor.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/attention/attention.h"
#include "core/attention/linear_attention.h"
#include "core/network/layers.h"
#include "core/network/ops.h"
#include "tests/benchmark/device_stages.h"

namespace treewalk {
namespace {

constexpr int kHeads = 4, kWidth = 16, kChannels = kHeads * kWidth;

struct Attending {
  AttentionInput in;
  AttentionRows rows;
  Weights weights;  // of a block
};

/// The same numbers on both sides.
AttentionInput random_input(std::int64_t n) {
  AttentionInput in;
  in.heads = kHeads;
  in.query = at::randn({n, kChannels}), in.key = at::randn({n, kChannels}), in.value = at::randn({n, kChannels});
  in.position_query = at::randn({n, kHeads * kEdgeGeometry}) * 0.5;
  in.relation_slope = at::randn({1, kHeads * kEdgeGeometry}) * 0.5;
  in.relation_bias = at::randn({1, kHeads});
  in.relation_scale = at::ones({1});
  in.node = at::randn({n, kNodeRecord}).abs().add(0.1);
  return in;
}

AttentionInput on(AttentionInput in, c10::Device device) {
  for (at::Tensor* t : {&in.query, &in.key, &in.value, &in.position_query, &in.relation_slope, &in.relation_bias,
                        &in.node, &in.relation_scale})
    *t = t->to(device);
  return in;
}

/// [rows,channels] as [1,heads,rows,width].
at::Tensor by_head(const at::Tensor& x) { return x.unsqueeze(0).view({1, x.size(0), kHeads, kWidth}).transpose(1, 2); }

/// Every row's keys and values are copied together, and the rows are a batch; so many rows at a time as LibTorch's
/// kernels take.
at::Tensor over_gathered(const AttentionInput& in, const Csr& graph) {
  constexpr std::int64_t kRows = 32768;
  std::vector<at::Tensor> out;
  for (std::int64_t first = 0; first < graph.rows(); first += kRows) {
    const auto rows = std::min(kRows, graph.rows() - first);
    const auto column = graph.column.narrow(0, first * kNearest, rows * kNearest);
    const auto gathered = [&](const at::Tensor& x) {
      return x.index_select(0, column).view({rows, kNearest, kHeads, kWidth}).transpose(1, 2);
    };
    const auto query = in.query.narrow(0, first, rows).view({rows, kHeads, 1, kWidth});
    out.push_back(
        at::scaled_dot_product_attention(query, gathered(in.key), gathered(in.value)).reshape({rows, kChannels}));
  }
  return at::cat(out);
}

void attention_by_libtorch(DeviceSides& sides, const AttentionInput& in, const AttentionRows& rows) {
  // Without the terms of geometry and relation, which it does not have.
  auto plain = in;
  for (at::Tensor* t : {&plain.position_query, &plain.relation_slope, &plain.relation_bias}) *t = at::zeros_like(*t);
  sides.instead(
      "scaled_dot_product_attention, gathered", 1, [&] { return over_gathered(plain, rows.rows); },
      attention(plain, rows).output);
  const auto n = rows.rows.rows(), some = std::min<std::int64_t>(n, 16384);
  const double times = std::pow(static_cast<double>(n) / static_cast<double>(some), 2);
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    if (type == at::kBFloat16 && sides.device().is_cpu()) continue;
    const auto part = [&](const at::Tensor& x) { return by_head(x.narrow(0, 0, some).to(type)); };
    const auto query = part(in.query), key = part(in.key), value = part(in.value);
    sides.instead(type == at::kFloat ? "the same, of all pairs" : "the same, of all pairs, bfloat16", times,
                  [&] { return at::scaled_dot_product_attention(query, key, value); });
  }
}

}  // namespace

void attention_stages(DeviceSides& sides, BothSides<SurfaceGraph>& surface) {
  const auto n = surface.on(sides.device()).graph.rows();
  const double points = static_cast<double>(n), entries = points * kNearest, channels = 4.0 * kChannels;
  const auto input = random_input(n);
  ParameterTable table;
  FamilyBlockOptions options;
  options.heads = kHeads;
  options.relations = 1;
  options.source_widths = {kChannels};
  const FamilyBlock block(table, "block", kChannels, options);
  at::Tensor flat;
  initial_weights(table, 1, &flat);
  BothSides<Attending> both;
  for (const auto device : sides.devices()) {
    const auto& graph = surface.on(device).graph;
    if (!graph.offset.defined()) continue;
    auto& one = both.on(device);
    one.in = on(input, device);
    one.rows = {graph, at::zeros({graph.entries()}, graph.column.options().dtype(at::kByte)), {}, 0, 0};
    one.weights = weight_views(table, flat.to(device));
  }
  sides.stage("attention over it, 4 heads of 16",
              points * (4 * channels + 2 * 4.0 * kHeads * kEdgeGeometry + 32) + 5 * entries, 4e-6,
              [&](c10::Device device) {
                const auto out = attention(both.on(device).in, both.on(device).rows);
                return DeviceSides::Results{out.output, out.offset};
              });
  const auto& there = both.on(sides.device());
  attention_by_libtorch(sides, there.in, there.rows);
  // What its operators read and write: 37 times the channels, and 6 times the heads' geometry.
  sides.stage("a block of 64 channels over it",
              points * (37 * channels + 6 * 4.0 * kHeads * kEdgeGeometry + 32) + 5 * entries, 1e-5,
              [&](c10::Device device) {
                const auto& one = both.on(device);
                return DeviceSides::Results{block(one.weights, one.in.query, {one.in.query}, one.in.node, {one.rows})};
              });
  sides.stage("masked linear attention over it", points * 4 * channels + (4 + 4.0 * kHeads) * entries, 4e-6,
              [&](c10::Device device) {
                const auto& one = both.on(device);
                LinearInput in{one.in.query.relu(), one.in.key.relu(), one.in.value, kHeads};
                return DeviceSides::Results{masked_attention(
                    in, {one.rows.rows, {}}, at::ones({one.rows.rows.entries(), kHeads}, one.in.query.options()))};
              });
  sides.stage("rows pooled over it", points * 3 * channels + 4 * entries, 1e-6, [&](c10::Device device) {
    return DeviceSides::Results{pool_rows(both.on(device).in.query, both.on(device).rows.rows)};
  });
  const auto& graph = there.rows.rows;
  const auto mean = at::sparse_csr_tensor(graph.offset, graph.column,
                                          at::ones({graph.entries()}, there.in.query.options()).div(kNearest), {n, n},
                                          there.in.query.options().layout(at::kSparseCsr));
  sides.instead(
      "a sparse product, for the mean alone", 1, [&] { return mean.mm(there.in.query); },
      pool_rows(there.in.query, graph).narrow(1, kChannels, kChannels));
}

}  // namespace treewalk
